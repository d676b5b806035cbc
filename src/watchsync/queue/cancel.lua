-- Cancel an active job; final at once. A running one's worker hears of it on the control channel.
-- ARGV[7] id. Answers {verdict, record}: cancelled, illegal or missing.
local job = load_job(ARGV[7])
if not job then
  return { 'missing', '' }
end
if not may(job, 'cancelled') then
  return { 'illegal', cjson.encode(job) }
end
if job.state == 'running' then
  record_attempt(job, 'cancelled')
  redis.call('PUBLISH', CONTROL, job.id)
end
if job.state == 'delayed' then
  redis.call('ZREM', DELAYED, job.id)
else
  withdraw(job)
end
finish(job, 'cancelled')
return { 'cancelled', redis.call('HGET', JOBS, job.id) }
