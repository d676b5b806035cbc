-- Hand work to one consumer: promote what is due, take over what a lost worker left, then read what is new.
-- ARGV[6] consumer, [7] how many, [8] lease in ms, [9] attempts that a job may have,
-- [10] '1' when an earlier answer was lost, [11...] ids that this consumer holds
-- Answers {ms until there is something to look at or -1, leases reclaimed, records...}.
local consumer, want, lease = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local most = tonumber(ARGV[9])
local out, reclaimed = {}, 0

local function ensure_group(stream)
  redis.pcall('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
end

-- A call that needs the group; it is made anew after a flush or a failover, from the first entry on.
local function grouped(stream, ...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    ensure_group(stream)
    reply = redis.call(...)
  end
  return reply
end

local function drop(stream, entry)
  redis.call('XACK', stream, GROUP, entry)
  redis.call('XDEL', stream, entry)
end

local function deliver(job, entry)
  move(job, 'running')
  job.attempts = job.attempts + 1
  job.handovers = job.handovers + 1
  job.fence = string.format('%d:%s', job.handovers, consumer)
  job.worker, job.entry = consumer, entry
  job.started = job.started or NOW
  job.attempt_started = NOW
  job.progress = nil
  announce(job)
  table.insert(out, redis.call('HGET', JOBS, job.id))
end

local function promote()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', DELAYED, '-inf', NOW, 'LIMIT', 0, 100)) do
    redis.call('ZREM', DELAYED, id)
    local job = load_job(id)
    if job and may(job, 'waiting') and job.state == 'delayed' then
      enqueue(job)
      announce(job)
    end
  end
end

-- The worker of this entry let its lease run out: that was an attempt.
local function take_over(stream, entry)
  local found = redis.call('XRANGE', stream, entry, entry)[1]
  local job = found and load_job(found[2][2])
  if not job or job.state ~= 'running' or job.entry ~= entry then
    drop(stream, entry)
    return
  end
  reclaimed = reclaimed + 1
  local failure = { code = 'worker-lost', message = 'The worker died or lost its connection while it worked on this.' }
  record_attempt(job, 'lost', failure)
  job.error = failure
  if job.attempts >= most then
    withdraw(job)
    finish(job, 'dead')
  elseif #out < want then
    deliver(job, entry)
  else
    withdraw(job)
    enqueue(job)
    announce(job)
    wake()
  end
end

-- XAUTOCLAIM to the end of the pending list, then remember when the next lease may run out.
local function reclaim()
  if NOW < tonumber(redis.call('HGET', CLOCKS, 'leases') or 0) then
    return
  end
  local oldest = 0
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    local cursor = '0-0'
    repeat
      local reply = grouped(stream, 'XAUTOCLAIM', stream, GROUP, consumer, lease, cursor, 'COUNT', 100, 'JUSTID')
      cursor = reply[1]
      for _, entry in ipairs(reply[2]) do
        take_over(stream, entry)
      end
    until cursor == '0-0'
    for _, pending in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 1000)) do
      oldest = math.max(oldest, pending[3])
    end
  end
  redis.call('HSET', CLOCKS, 'leases', NOW + math.max(lease - oldest, 1))
end

-- An earlier answer never arrived: give again what is pending on us and not held.
local function recover()
  local held = {}
  for index = 11, #ARGV do
    held[ARGV[index]] = true
  end
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    for _, pending in ipairs(grouped(stream, 'XPENDING', stream, GROUP, '-', '+', 1000, consumer)) do
      local found = redis.call('XRANGE', stream, pending[1], pending[1])[1]
      local job = found and load_job(found[2][2])
      if job and job.state == 'running' and job.worker == consumer and not held[job.id] then
        table.insert(out, redis.call('HGET', JOBS, job.id))
      end
    end
  end
end

local function read(stream)
  while #out < want do
    local reply = grouped(
      stream, 'XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', want - #out, 'STREAMS', stream, '>'
    )
    if not reply then
      return
    end
    for _, item in ipairs(reply[1][2]) do
      local entry, job = item[1], item[2] and load_job(item[2][2])
      if job and job.state == 'waiting' and job.entry == entry then
        deliver(job, entry)
      else
        drop(stream, entry)
      end
    end
  end
end

local function next_look()
  local at = nil
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    if grouped(stream, 'XPENDING', stream, GROUP)[1] > 0 then
      at = tonumber(redis.call('HGET', CLOCKS, 'leases'))
    end
  end
  local due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  if due and (not at or tonumber(due) < at) then
    at = tonumber(due)
  end
  return at and math.max(at - NOW, 1) or -1
end

prune(20)
if ARGV[10] == '1' then
  recover()
end
promote()
reclaim()
-- People first; every fourth time the schedule goes first, so that neither starves.
if redis.call('HINCRBY', CLOCKS, 'takes', 1) % 4 == 0 then
  read(SCHEDULED)
  read(STREAM)
else
  read(STREAM)
  read(SCHEDULED)
end
return { next_look(), reclaimed, unpack(out) }
