-- Shared by every script of the queue: the keys, the record, and the one table of legal moves.
-- KEYS[1..10] are the same for every script; a script's own keys begin at KEYS[11].
local JOBS, STREAM, SCHEDULED, DELAYED, ACTIVE, CREATED, BY_LIST, DEAD, FINISHED, CLOCKS = unpack(KEYS, 1, 10)
-- ARGV[1..9] are the same for every script; a script's own arguments begin at ARGV[10].
local GROUP, WAKE, CONTROL, EVENTS, LEASES, KEEP_MS = unpack(ARGV, 1, 6)
local FINISHED_RECORDS, DEAD_LETTERS, ATTEMPTS = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local DEAD_KEPT = 4 -- times as long as completed jobs, so that a crowd of those never pushes a dead letter out

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

-- Messages go out when all is written, each once: a user who may write but not publish gets the whole of a script.
local outbox, told = {}, {}

local function tell(channel, message)
  local name = channel .. ' ' .. message
  if not told[name] then
    told[name] = true
    table.insert(outbox, { channel, message })
  end
end

-- The end of every script that tells something: publish, and answer.
local function answer(reply)
  for _, message in ipairs(outbox) do
    redis.pcall('PUBLISH', message[1], message[2])
  end
  return reply
end

local function load_job(id)
  local text = redis.call('HGET', JOBS, id)
  return text and cjson.decode(text)
end

-- Write the record and publish the event, whose number is the record's seq. Returns the record's text.
local function announce(job)
  job.seq = job.seq + 1
  local text = cjson.encode(job)
  redis.call('HSET', JOBS, job.id, text)
  tell(EVENTS .. job.id, job.seq)
  return text
end

local function may(job, state)
  return MOVES[job.state][state] == true
end

-- Change a job's state, which happens nowhere else. Scripts call may() before they write anything.
local function move(job, state)
  if not may(job, state) then
    error('ILLEGAL ' .. job.state .. ' -> ' .. state)
  end
  job.state = state
end

local function wake()
  tell(WAKE, '1')
end

local function lane_of(job)
  return job.lane == 'scheduled' and SCHEDULED or STREAM
end

-- Make a call that needs the group. After a flush or a failover the group is created again, from the first entry on.
local function grouped(stream, ...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    redis.pcall('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
    reply = redis.call(...)
  end
  return reply
end

-- Restart a running job's lease. JUSTID counts no delivery; FORCE works in a recreated group too.
-- Returns whether the entry is still there.
local function renew(job, consumer)
  local stream = lane_of(job)
  return grouped(stream, 'XCLAIM', stream, GROUP, consumer, 0, job.entry, 'FORCE', 'JUSTID')[1] ~= nil
end

-- Append a job to its lane.
local function enqueue(job)
  move(job, 'waiting')
  job.due = nil
  job.entry = redis.call('XADD', lane_of(job), '*', 'job', job.id)
end

-- Remove a job's entry from the stream and from the group's pending list.
local function withdraw(job)
  redis.call('XACK', lane_of(job), GROUP, job.entry)
  redis.call('XDEL', lane_of(job), job.entry)
  job.entry = nil
end

-- FINISHED names a job by its id and its list, so that it can be pruned without reading its record.
local function finished_name(job)
  return job.id .. ' ' .. job.ref
end

-- BY_LIST names a job by its list and its id, so that one list's jobs stand together, in order of time.
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

-- Prune up to `count` finished jobs: those that expired, else the oldest where there are too many.
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

-- Add the running attempt to the history.
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
  if #job.history > ATTEMPTS then
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

-- End a job: free its list and set when its record expires.
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
