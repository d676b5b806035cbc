-- Cancel an active job, for good. The worker of a running one is told on the control channel.
-- ARGV[10] id. Answers {verdict, record}; the verdict is cancelled, illegal, missing or newer.
local job, newer = load_job(ARGV[10])
if newer then
  return { 'newer', '' }
end
if not job then
  return { 'missing', '' }
end
if not may(job, 'cancelled') then
  return { 'illegal', record_of(job.id) }
end
if job.state == 'running' then
  record_attempt(job, 'cancelled')
  tell(CONTROL, job.id)
end
if job.state == 'delayed' then
  redis.call('ZREM', DELAYED, job.id)
else
  withdraw(job)
end
finish(job, 'cancelled')
return answer({ 'cancelled', record_of(job.id) })
