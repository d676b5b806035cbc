-- Shared by every script of the queue: the keys, the record, and the one table of legal moves.
-- KEYS[1..12] are the same for every script; a script's own keys begin at KEYS[13].
local JOBS, STREAM, SCHEDULED, DELAYED, ACTIVE, CREATED, BY_LIST, DEAD, FINISHED, CLOCKS, QUARANTINE, NEWER =
  unpack(KEYS, 1, 12)
-- ARGV[1..9] are the same for every script; a script's own arguments begin at ARGV[10].
local GROUP, WAKE, CONTROL, EVENTS, LEASES, KEEP_MS = unpack(ARGV, 1, 6)
local FINISHED_RECORDS, DEAD_LETTERS, ATTEMPTS = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local VERSION = 1 -- of the records that these scripts write; those of a higher one are left to newer workers
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

-- Messages go out when all is written: a user who may write but not publish gets the whole of a script.
local outbox, has_woken = {}, false

local function tell(channel, message)
  outbox[#outbox + 1] = channel
  outbox[#outbox + 1] = message
end

-- There may be work, which is told once.
local function wake()
  if not has_woken then
    has_woken = true
    tell(WAKE, '1')
  end
end

-- The end of every script that tells something: publish, and answer.
local function answer(reply)
  for index = 1, #outbox, 2 do
    redis.pcall('PUBLISH', outbox[index], outbox[index + 1])
  end
  return reply
end

-- FINISHED names a job by its id and its list, so that it can be pruned without reading its record.
local function finished_name(job)
  return job.id .. ' ' .. job.ref
end

-- BY_LIST names a job by its list and its id, so that one list's jobs stand together, in order of time.
local function listed_name(ref, id)
  return ref .. ' ' .. id
end

-- Ids of the records that this script moved aside.
local quarantined = {}

-- Move a record aside that cannot be used, and all that leads to it. `job` is what could be read of it, if anything.
local function quarantine(id, text, why, job)
  redis.call('XADD', QUARANTINE, 'MAXLEN', DEAD_LETTERS, '*', 'id', id, 'why', why, 'record', text)
  redis.call('HDEL', JOBS, id)
  for _, set in ipairs({ CREATED, DELAYED, DEAD, NEWER }) do
    redis.call('ZREM', set, id)
  end
  local ref = type(job) == 'table' and job.ref
  if type(ref) == 'string' then
    redis.call('ZREM', BY_LIST, listed_name(ref, id))
    redis.call('ZREM', FINISHED, finished_name({ id = id, ref = ref }))
    if redis.call('HGET', ACTIVE, ref) == id then
      redis.call('HDEL', ACTIVE, ref)
    end
  end
  table.insert(quarantined, id)
end

local function is_number(value)
  return type(value) == 'number' and value > -9e15 and value < 9e15
end

local function is_missing_or(kind, value)
  return value == nil or type(value) == kind
end

local function is_time(value)
  return value == nil or is_number(value)
end

local function has_numbers(job)
  return is_number(job.attempts) and is_number(job.seq) and is_number(job.handovers) and is_number(job.created)
    and is_time(job.due) and is_time(job.started) and is_time(job.finished) and is_time(job.attempt_started)
end

-- A job in the stream knows its entry there, and one that runs knows who holds it.
local function has_place(job)
  if job.state ~= 'waiting' and job.state ~= 'running' then
    return job.entry == nil
  end
  local is_held = job.state == 'waiting' or (type(job.fence) == 'string' and type(job.worker) == 'string')
  return is_held and type(job.entry) == 'string' and string.find(job.entry, '^%d+%-%d+$') ~= nil
end

-- What is wrong with a record, as far as it matters to the scripts; nil for a good one.
local function fault(job, id)
  if job.id ~= id or type(job.ref) ~= 'string' or not string.find(job.ref, '^%S+$') then
    return 'names no job of a list'
  elseif not MOVES[job.state] then
    return 'unknown state'
  elseif job.lane ~= 'interactive' and job.lane ~= 'scheduled' then
    return 'unknown lane'
  elseif not (has_numbers(job) and is_missing_or('table', job.history) and is_missing_or('string', job.settled)) then
    return 'wrong types'
  elseif not has_place(job) then
    return 'no place'
  end
end

-- The job with an id; nil where there is none. One that only a newer version can use comes second.
local function load_job(id)
  local text = redis.call('HGET', JOBS, id)
  if not text then
    return nil
  end
  local is_json, job = pcall(cjson.decode, text)
  local is_object = is_json and type(job) == 'table'
  if is_object and is_number(job.v) and job.v > VERSION and job.id == id then
    return nil, job
  end
  local why = is_object and fault(job, id) or not is_object and 'no JSON object' or nil
  if why then
    quarantine(id, text, why, job)
    return nil
  end
  return job
end

-- A number among the facts that workers share; 0 where there is none.
local function shared_number(name)
  return tonumber(redis.call('HGET', CLOCKS, name) or 0) or 0
end

-- A job's record as it stands; empty where there is none.
local function record_of(id)
  return redis.call('HGET', JOBS, id) or ''
end

-- Write the record and publish the event, whose number is the record's seq. Returns the record's text; nil for one that
-- holds a number that JSON has no word for, such as NaN, and so cannot be written again.
local function announce(job)
  job.seq = job.seq + 1
  local is_written, text = pcall(cjson.encode, job)
  if not is_written then
    quarantine(job.id, record_of(job.id), text, job)
    return nil
  end
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

local function prune_records(finished)
  local ids, listed = {}, {}
  for _, name in ipairs(finished) do
    local id, ref = string.match(name, '^(%S+) (%S+)$')
    if id then
      table.insert(ids, id)
      table.insert(listed, listed_name(ref, id))
    end
  end
  redis.call('ZREM', FINISHED, unpack(finished))
  if #ids == 0 then
    return
  end
  redis.call('HDEL', JOBS, unpack(ids))
  redis.call('ZREM', CREATED, unpack(ids))
  redis.call('ZREM', BY_LIST, unpack(listed))
  redis.call('ZREM', DEAD, unpack(ids))
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
    local oldest, newer = load_job(id)
    if oldest or newer then
      prune_records({ finished_name(oldest or newer) })
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
  -- What the list's owner caused is nobody's to mend here: it is no dead letter.
  local is_letter = state == 'dead' and not job.by_owner
  redis.call('ZADD', FINISHED, NOW + KEEP_MS * (is_letter and DEAD_KEPT or 1), finished_name(job))
  if announce(job) and is_letter then
    dead_letter(job)
  end
end
