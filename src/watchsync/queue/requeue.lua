-- Put a dead job back to work with fresh attempts.
-- ARGV[10] id. Answers {verdict, record}; the verdict is requeued, illegal, busy, missing or newer.
local job, newer = load_job(ARGV[10])
if newer then
  return { 'newer', '' }
end
if not job then
  return { 'missing', '' }
end
if job.state ~= 'dead' then
  return { 'illegal', record_of(job.id) }
end
local active = redis.call('HGET', ACTIVE, job.ref)
if active and redis.call('HEXISTS', JOBS, active) == 1 then
  return { 'busy', record_of(job.id) }
end
redis.call('ZREM', DEAD, job.id)
redis.call('ZREM', FINISHED, finished_name(job))
redis.call('HSET', ACTIVE, job.ref, job.id)
job.attempts = 0
job.finished = nil
job.by_owner = nil
enqueue(job)
local text = announce(job)
wake()
return answer({ 'requeued', text or '' })
