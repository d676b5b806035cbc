-- Move a job's record aside, which the caller cannot read.
-- ARGV[10] id, [11] why. Answers 1, or 0 where there is none or a newer version's.
local job, newer = load_job(ARGV[10])
if not job or newer then
  return #quarantined
end
if job.entry then
  withdraw(job)
end
quarantine(job.id, redis.call('HGET', JOBS, job.id), ARGV[11], job)
return 1
