-- Hand jobs to a consumer: those of lost workers first, then new ones, after promoting what is due.
local CLAIM_AT_ONCE = 16
local PENDING_AT_ONCE = 1000

local function drop(stream, entry)
  redis.call('XACK', stream, GROUP, entry)
  redis.call('XDEL', stream, entry)
end

-- Mark a job as running under a new fence. Returns the record's text.
local function deliver(job, entry, consumer)
  move(job, 'running')
  job.attempts = job.attempts + 1
  job.handovers = job.handovers + 1
  job.fence = string.format('%d:%s', job.handovers, consumer)
  job.worker, job.entry = consumer, entry
  job.started = job.started or NOW
  job.attempt_started = NOW
  job.progress = nil
  return announce(job)
end

-- Leave a job to workers of a newer version.
local function park(newer)
  redis.call('ZADD', NEWER, newer.v, newer.id)
  wake()
end

local function promote()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', DELAYED, '-inf', NOW, 'LIMIT', 0, 100)) do
    redis.call('ZREM', DELAYED, id)
    local job, newer = load_job(id)
    if newer then
      park(newer)
    elseif job and job.state == 'delayed' then
      enqueue(job)
      announce(job)
    end
  end
end

-- The job that an entry of a stream names, and as load_job does, second, one of a newer version.
local function job_of(fields)
  if fields then
    return load_job(fields[2])
  end
end

-- The running job of a pending entry; nil where the entry is no longer its own.
local function running_behind(stream, entry)
  local found = redis.call('XRANGE', stream, entry, entry)[1]
  local job, newer = job_of(found and found[2])
  return job and job.state == 'running' and job.entry == entry and job or nil, newer
end

-- End an attempt whose worker is gone. Returns whether the job may have another one.
local function lose(job, taker)
  local failure = { code = 'worker-lost', message = 'The worker died or lost its connection while it worked on this.' }
  record_attempt(job, 'lost', failure)
  job.error = failure
  if job.attempts >= taker.most then
    withdraw(job)
    finish(job, 'dead')
    return false
  end
  return true
end

-- Give a job a new entry in its lane.
local function enqueue_again(job)
  withdraw(job)
  enqueue(job)
  announce(job)
  wake()
end

-- Reclaim the job of an entry whose lease ran out, which costs it an attempt. Returns whether it was reclaimed.
-- Jobs that the taker holds under the current fence stay: their renewal is merely late, as when Redis itself stalled.
local function take_over(stream, entry, taker)
  local job, newer = running_behind(stream, entry)
  if not job then
    drop(stream, entry)
    if newer then
      park(newer)
    end
    return false
  end
  if taker.held[job.id] == job.fence then
    return false
  end
  if lose(job, taker) then
    if #taker.records < taker.want then
      table.insert(taker.records, deliver(job, entry, taker.consumer))
    else
      enqueue_again(job)
    end
  end
  return true
end

-- Take in what older workers left to us.
local function admit_newer(taker)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', NEWER, '-inf', VERSION, 'LIMIT', 0, 100)) do
    redis.call('ZREM', NEWER, id)
    local job = load_job(id)
    if job and job.state == 'running' and lose(job, taker) then
      enqueue_again(job)
    elseif job and (job.state == 'waiting' or job.state == 'delayed') then
      if job.state == 'waiting' then
        withdraw(job)
        job.state = 'delayed' -- from where it may wait again
      end
      enqueue(job)
      announce(job)
    end
  end
end

-- The longest time in ms since a pending entry was delivered or renewed.
local function longest_idle(stream)
  local longest, from = 0, '-'
  repeat
    local found = redis.call('XPENDING', stream, GROUP, from, '+', PENDING_AT_ONCE)
    for _, pending in ipairs(found) do
      longest = math.max(longest, pending[3])
      from = '(' .. pending[1]
    end
  until #found < PENDING_AT_ONCE
  return longest
end

-- Reclaim every lease that ran out, then note when the next one may. Returns how many were reclaimed.
-- A noted time further off than one lease is ignored: it comes from another clock or from another lease setting.
local function reclaim(taker)
  local left = shared_number('leases') - NOW
  if left > 0 and left <= taker.lease_ms then
    return 0
  end
  local reclaimed, longest = 0, 0
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    local cursor = '0-0'
    repeat
      local reply = grouped(
        stream, 'XAUTOCLAIM', stream, GROUP, taker.consumer, taker.lease_ms, cursor, 'COUNT', CLAIM_AT_ONCE, 'JUSTID'
      )
      cursor = reply[1]
      for _, entry in ipairs(reply[2]) do
        reclaimed = reclaimed + (take_over(stream, entry, taker) and 1 or 0)
      end
    until cursor == '0-0'
    longest = math.max(longest, longest_idle(stream))
  end
  redis.call('HSET', CLOCKS, 'leases', NOW + math.max(taker.lease_ms - longest, 1))
  return reclaimed
end

-- After a lost answer: hand over again, with a full lease, what is pending on the taker and not in `held`.
local function recover(taker)
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    for _, pending in ipairs(grouped(stream, 'XPENDING', stream, GROUP, '-', '+', PENDING_AT_ONCE, taker.consumer)) do
      local job = running_behind(stream, pending[1])
      if job and job.worker == taker.consumer and taker.held[job.id] ~= job.fence then
        redis.call('XCLAIM', stream, GROUP, taker.consumer, 0, pending[1], 'JUSTID')
        table.insert(taker.records, record_of(job.id))
      end
    end
  end
end

local function read(stream, taker)
  while #taker.records < taker.want do
    local reply = grouped(
      stream, 'XREADGROUP', 'GROUP', GROUP, taker.consumer, 'COUNT', taker.want - #taker.records, 'STREAMS', stream, '>'
    )
    if not reply then
      return
    end
    for _, item in ipairs(reply[1][2]) do
      local entry, job, newer = item[1], job_of(item[2])
      if job and job.state == 'waiting' and job.entry == entry then
        table.insert(taker.records, deliver(job, entry, taker.consumer))
      elseif job and job.state == 'running' and job.entry == entry then
        -- The group was recreated under a running job: give the entry back to its worker, or reclaim it a lease later.
        redis.call('XCLAIM', stream, GROUP, job.worker, 0, entry, 'JUSTID')
      else
        drop(stream, entry)
        if newer then
          park(newer)
        end
      end
    end
  end
end

-- Interactive jobs first, but scheduled ones first every fourth time, so that neither lane starves.
local function read_lanes(taker)
  local takes = redis.pcall('HINCRBY', CLOCKS, 'takes', 1)
  if type(takes) ~= 'number' then
    redis.call('HDEL', CLOCKS, 'takes')
    takes = 1
  end
  if takes % 4 == 0 then
    read(SCHEDULED, taker)
    read(STREAM, taker)
  else
    read(STREAM, taker)
    read(SCHEDULED, taker)
  end
end

-- Consumers that hold jobs.
local function holders()
  local names = {}
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    for _, consumer in ipairs(grouped(stream, 'XPENDING', stream, GROUP)[4] or {}) do
      table.insert(names, consumer[1])
    end
  end
  return names
end

-- Milliseconds from now until a time, at least 1; -1 for none.
local function from_now(at)
  local time = tonumber(at) or 0
  return time > 0 and math.max(time - NOW, 1) or -1
end
