-- Publish how far a running job is, and renew its lease on the way.
-- ARGV[6] id, [7] fence, [8] consumer, [9] progress as JSON. Answers 1, or 0 when the lease was lost.
local job = load_job(ARGV[6])
if not job or job.state ~= 'running' or job.fence ~= ARGV[7] then
  return 0
end
job.progress = cjson.decode(ARGV[9])
redis.call('XCLAIM', lane_of(job), GROUP, ARGV[8], 0, job.entry, 'JUSTID')
announce(job)
return 1
