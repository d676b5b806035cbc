-- Compare some active jobs with their stream entries and repair what does not fit. The scripts themselves leave nothing
-- half done; this is for manual changes and for faults that nobody foresaw.
-- ARGV[10] how many jobs to look at. Answers {jobs looked at, jobs reconciled, 1 when the round is complete}.
local looked, reconciled = 0, 0

local function pending(job)
  local found = redis.pcall('XPENDING', lane_of(job), GROUP, job.entry, job.entry, 1)
  return not found.err and found[1] ~= nil
end

local function stands(job)
  return job.entry and redis.call('XRANGE', lane_of(job), job.entry, job.entry)[1] ~= nil
end

local function again(job)
  if job.entry then
    withdraw(job)
  end
  job.state = 'delayed' -- from where it may wait again
  enqueue(job)
  announce(job)
  wake()
  reconciled = reconciled + 1
end

local function look(job)
  if job.state == 'waiting' and (not stands(job) or pending(job)) then
    again(job)
  elseif job.state == 'running' and not (stands(job) and pending(job)) then
    record_attempt(job, 'lost', { code = 'worker-lost', message = 'The delivery was lost; it is made again.' })
    again(job)
  elseif job.state == 'delayed' and not redis.call('ZSCORE', DELAYED, job.id) then
    redis.call('ZADD', DELAYED, job.due or NOW, job.id)
    wake()
    reconciled = reconciled + 1
  end
end

local cursor = string.match(redis.call('HGET', CLOCKS, 'reconcile') or '', '^%d+$') or '0'
local reply = redis.call('HSCAN', ACTIVE, cursor, 'COUNT', ARGV[10])
for index = 1, #reply[2], 2 do
  local ref, id = reply[2][index], reply[2][index + 1]
  local job, newer = load_job(id)
  looked = looked + 1
  if job and not job.finished then
    look(job)
  elseif not newer then
    redis.call('HDEL', ACTIVE, ref)
    reconciled = reconciled + 1
  end
end
redis.call('HSET', CLOCKS, 'reconcile', reply[1])
return answer({ looked, reconciled, reply[1] == '0' and 1 or 0 })
