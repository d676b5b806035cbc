-- End an attempt: store, ack, delete, release the list and publish in one step, or refuse in one step.
-- KEYS[10...] what a completed job writes
-- ARGV[6] id, [7] fence, [8] outcome, [9] error as JSON or '', [10] delay in ms, [11] attempts a job may have,
-- [12] summary as JSON or '', then for each written key its value and its seconds to live
-- Answers {verdict, 1 when more work waits}.
local job = load_job(ARGV[6])
local outcome = ARGV[8]

local function more()
  for _, stream in ipairs({ STREAM, SCHEDULED }) do
    local pending = redis.pcall('XPENDING', stream, GROUP)
    if pending.err or redis.call('XLEN', stream) > pending[1] then
      return 1
    end
  end
  return 0
end

if not job or job.fence ~= ARGV[7] then
  return { 'refused', 0 }
end
if job.settled == ARGV[7] then
  return { 'repeated', 0 }
end
if job.state ~= 'running' then
  return { 'refused', 0 }
end

local failure = ARGV[9] ~= '' and cjson.decode(ARGV[9]) or nil
if outcome == 'retry' and job.attempts >= tonumber(ARGV[11]) then
  outcome = 'dead'
end
record_attempt(job, outcome, failure)
job.settled = ARGV[7]
job.error = failure
withdraw(job)

if outcome == 'completed' then
  for index = 10, #KEYS do
    local at = 13 + (index - 10) * 2
    redis.call('SET', KEYS[index], ARGV[at], 'EX', ARGV[at + 1])
  end
  job.summary = ARGV[12] ~= '' and cjson.decode(ARGV[12]) or nil
  finish(job, 'completed')
elseif outcome == 'dead' then
  finish(job, 'dead')
elseif outcome == 'retry' then
  move(job, 'delayed')
  job.progress = nil
  job.due = NOW + tonumber(ARGV[10])
  redis.call('ZADD', DELAYED, job.due, job.id)
  announce(job)
  wake()
elseif outcome == 'interrupted' then
  job.attempts = job.attempts - 1
  job.progress = nil
  enqueue(job)
  announce(job)
  wake()
else
  error('ILLEGAL outcome ' .. outcome)
end
return { outcome, more() }
