-- Shared by every script of the queue: the keys, the record, and the one table of legal moves.
-- KEYS[1..9] are always these nine, in this order; a script's own keys follow from KEYS[10].
local JOBS, STREAM, SCHEDULED, DELAYED, ACTIVE, CREATED, DEAD, FINISHED, CLOCKS = unpack(KEYS, 1, 9)
-- ARGV[1..5] are always these; a script's own arguments follow from ARGV[6].
local GROUP, WAKE, CONTROL, EVENTS, KEEP_MS = unpack(ARGV, 1, 5)
KEEP_MS = tonumber(KEEP_MS)
local DEAD_LETTERS = 1000
local HISTORY = 20

local MOVES = {
  waiting = { running = true, cancelled = true },
  delayed = { waiting = true, cancelled = true },
  running = { running = true, waiting = true, delayed = true, completed = true, dead = true, cancelled = true },
  dead = { waiting = true },
  completed = {},
  cancelled = {},
}

local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function load_job(id)
  local text = redis.call('HGET', JOBS, id)
  return text and cjson.decode(text)
end

local function save(job)
  redis.call('HSET', JOBS, job.id, cjson.encode(job))
end

-- Tell whoever watches this job; the number of the event is the record's seq.
local function announce(job)
  job.seq = job.seq + 1
  save(job)
  redis.call('PUBLISH', EVENTS .. job.id, job.seq)
end

local function may(job, state)
  return MOVES[job.state][state] == true
end

-- The only place where a state changes. Scripts ask may() before they write anything.
local function move(job, state)
  if not may(job, state) then
    error('ILLEGAL ' .. job.state .. ' -> ' .. state)
  end
  job.state = state
end

local function wake()
  redis.call('PUBLISH', WAKE, '1')
end

local function lane_of(job)
  return job.lane == 'scheduled' and SCHEDULED or STREAM
end

-- Put a job at the end of its lane.
local function enqueue(job)
  move(job, 'waiting')
  job.due = nil
  job.entry = redis.call('XADD', lane_of(job), '*', 'job', job.id)
end

-- Take its entry out of the stream and out of the group's pending list.
local function withdraw(job)
  redis.call('XACK', lane_of(job), GROUP, job.entry)
  redis.call('XDEL', lane_of(job), job.entry)
  job.entry = nil
end

local function forget(id)
  redis.call('HDEL', JOBS, id)
  redis.call('ZREM', CREATED, id)
  redis.call('ZREM', DEAD, id)
  redis.call('ZREM', FINISHED, id)
end

local function prune(count)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', FINISHED, '-inf', NOW, 'LIMIT', 0, count)) do
    forget(id)
  end
end

-- Write down how the running attempt ended.
local function record_attempt(job, outcome, failure)
  job.history = job.history or {}
  table.insert(job.history, {
    number = job.attempts,
    worker = job.worker,
    started = job.attempt_started,
    ended = NOW,
    outcome = outcome,
    error = failure,
  })
  if #job.history > HISTORY then
    table.remove(job.history, 1)
  end
end

-- The job will do nothing more: free its list and set the day on which its record goes.
local function finish(job, state)
  move(job, state)
  job.finished = NOW
  job.progress = nil
  if redis.call('HGET', ACTIVE, job.ref) == job.id then
    redis.call('HDEL', ACTIVE, job.ref)
  end
  redis.call('ZADD', FINISHED, NOW + KEEP_MS, job.id)
  if state == 'dead' then
    redis.call('ZADD', DEAD, NOW, job.id)
    for _, id in ipairs(redis.call('ZRANGE', DEAD, 0, -(DEAD_LETTERS + 1))) do
      forget(id)
    end
  end
  announce(job)
end
