-- Publish how far a running job is, and renew its lease on the way.
-- ARGV[7] id, [8] fence, [9] consumer, [10] progress as JSON. Answers 1, or 0 when the lease was lost.
local job = load_job(ARGV[7])
if not (job and job.state == 'running' and job.fence == ARGV[8] and renew(job, ARGV[9])) then
  return 0
end
job.progress = cjson.decode(ARGV[10])
announce(job)
return 1
