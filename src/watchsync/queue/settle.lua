-- Settle an attempt: store, ack, delete, free the list and publish, all or nothing.

-- The verdict on a settlement that must not happen; nil for one that may.
local function objection(job, fence)
  if job and job.settled == fence then
    return 'repeated'
  end
  if not job or job.fence ~= fence then
    return 'refused'
  end
  return job.state ~= 'running' and 'refused' or nil
end

local function store(writes)
  for _, write in ipairs(writes) do
    redis.call('SET', write.key, write.value, 'EX', write.seconds)
  end
end

local function delay(job, milliseconds)
  move(job, 'delayed')
  job.progress = nil
  job.due = NOW + milliseconds
  redis.call('ZADD', DELAYED, job.due, job.id)
  announce(job)
  wake()
end

local ENDINGS = {
  completed = function(job, request)
    job.summary = request.summary
    finish(job, 'completed')
  end,
  dead = function(job)
    finish(job, 'dead')
  end,
  unreadable = function(job)
    job.by_owner = true
    finish(job, 'dead')
  end,
  retry = function(job, request)
    delay(job, request.delay_ms)
  end,
  postponed = function(job, request)
    job.attempts = job.attempts - 1
    delay(job, request.delay_ms)
  end,
  interrupted = function(job)
    job.attempts = job.attempts - 1
    job.progress = nil
    enqueue(job)
    announce(job)
    wake()
  end,
}

-- request: {id, fence, outcome, error, delay_ms, summary}; writes: {key, value, seconds} each. Returns the verdict: the
-- outcome as recorded, refused (the lease was lost) or repeated (this settlement was recorded before).
local function settle(request, writes, most)
  local job = load_job(request.id)
  local refusal = objection(job, request.fence)
  if refusal then
    return refusal
  end
  local outcome = request.outcome
  if outcome == 'retry' and job.attempts >= most then
    outcome = 'dead'
  end
  store(writes)
  record_attempt(job, outcome, request.error)
  job.settled = request.fence
  job.error = request.error
  withdraw(job)
  ENDINGS[outcome](job, request)
  return outcome
end
