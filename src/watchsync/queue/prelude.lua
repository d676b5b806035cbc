-- Shared by every script of the queue: the keys, the record, and the one table of legal moves.
-- KEYS[1..10] are always these ten, in this order; a script's own keys follow from KEYS[11].
local JOBS, STREAM, SCHEDULED, DELAYED, ACTIVE, CREATED, BY_LIST, DEAD, FINISHED, CLOCKS = unpack(KEYS, 1, 10)
-- ARGV[1..6] are always these; a script's own arguments follow from ARGV[7].
local GROUP, WAKE, CONTROL, EVENTS, LEASES, KEEP_MS = unpack(ARGV, 1, 6)
local DEAD_LETTERS = 1000
local FINISHED_RECORDS = 10000
local HISTORY = 20
local DEAD_KEPT = 4 -- times as long as the completed, so that no crowd of those pushes a dead letter out

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

-- Write the record and tell whoever watches this job; the number of the event is the record's seq.
-- Answers the record's text.
local function announce(job)
  job.seq = job.seq + 1
  local text = cjson.encode(job)
  redis.call('HSET', JOBS, job.id, text)
  redis.call('PUBLISH', EVENTS .. job.id, job.seq)
  return text
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

-- A call that needs the group; it is made anew after a flush or a failover, from the first entry on.
local function grouped(stream, ...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    redis.pcall('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
    reply = redis.call(...)
  end
  return reply
end

-- Begin a running job's lease anew; JUSTID counts no delivery, FORCE does it in a group that was made anew too.
-- Answers whether its entry is still there.
local function renew(job, consumer)
  local stream = lane_of(job)
  return grouped(stream, 'XCLAIM', stream, GROUP, consumer, 0, job.entry, 'FORCE', 'JUSTID')[1] ~= nil
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

-- Among the finished a job is called by its id and its list, so that it can be forgotten without reading it.
local function finished_name(job)
  return job.id .. ' ' .. job.ref
end

-- Under its list a job is called by the list and its id, so that a list's jobs stand together, in order of time.
local function listed_name(ref, id)
  return ref .. ' ' .. id
end

local function prune_records(finished)
  local ids, listed = {}, {}
  for index, name in ipairs(finished) do
    local id, ref = string.match(name, '^(%S+) (%S+)$')
    ids[index], listed[index] = id, listed_name(ref, id)
  end
  redis.call('HDEL', JOBS, unpack(ids))
  redis.call('ZREM', CREATED, unpack(ids))
  redis.call('ZREM', BY_LIST, unpack(listed))
  redis.call('ZREM', DEAD, unpack(ids))
  redis.call('ZREM', FINISHED, unpack(finished))
end

-- Forget finished jobs whose time has come, and the oldest of too many.
local function prune_finished(count)
  local names = redis.call('ZRANGEBYSCORE', FINISHED, '-inf', NOW, 'LIMIT', 0, count)
  if #names == 0 then
    local surplus = math.min(redis.call('ZCARD', FINISHED) - FINISHED_RECORDS, count)
    if surplus <= 0 then
      return
    end
    names = redis.call('ZRANGE', FINISHED, 0, surplus - 1)
  end
  prune_records(names)
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

local function dead_letter(job)
  redis.call('ZADD', DEAD, NOW, job.id)
  for _, id in ipairs(redis.call('ZRANGE', DEAD, 0, -(DEAD_LETTERS + 1))) do
    local oldest = load_job(id)
    if oldest then
      prune_records({ finished_name(oldest) })
    else
      redis.call('ZREM', DEAD, id)
    end
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
  redis.call('ZADD', FINISHED, NOW + KEEP_MS * (state == 'dead' and DEAD_KEPT or 1), finished_name(job))
  announce(job)
  if state == 'dead' then
    dead_letter(job)
  end
end
