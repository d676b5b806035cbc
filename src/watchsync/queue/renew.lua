-- Renew the leases of the jobs that a consumer holds.
-- ARGV[10] consumer, then an id and a fence for each job. Answers the ids that are no longer this consumer's.
local consumer, lost = ARGV[10], {}
for index = 11, #ARGV, 2 do
  local id, fence = ARGV[index], ARGV[index + 1]
  local job = load_job(id)
  if not (job and job.state == 'running' and job.fence == fence and renew(job, consumer)) then
    table.insert(lost, id)
  end
end
tell(LEASES, consumer .. ' ' .. (#ARGV - 10) / 2 - #lost)
return answer(lost)
