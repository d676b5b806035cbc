-- Renew the leases of all jobs that one consumer runs.
-- ARGV[7] consumer, then pairs of id and fence. Answers the ids that are no longer this consumer's.
local consumer, lost = ARGV[7], {}
for index = 8, #ARGV, 2 do
  local id, fence = ARGV[index], ARGV[index + 1]
  local job = load_job(id)
  if not (job and job.state == 'running' and job.fence == fence and renew(job, consumer)) then
    table.insert(lost, id)
  end
end
redis.call('PUBLISH', LEASES, consumer .. ' ' .. (#ARGV - 7) / 2 - #lost)
return lost
