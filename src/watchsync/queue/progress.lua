-- Publish a running job's progress and renew its lease.
-- ARGV[10] id, [11] fence, [12] consumer, [13] progress as JSON. Answers 1, or 0 when the lease was lost.
local job = load_job(ARGV[10])
if not (job and job.state == 'running' and job.fence == ARGV[11] and renew(job, ARGV[12])) then
  return 0
end
job.progress = cjson.decode(ARGV[13])
announce(job)
return answer(1)
