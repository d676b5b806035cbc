-- Drop every dead letter. Answers how many there were.
local ids = redis.call('ZRANGE', DEAD, 0, -1)
for _, id in ipairs(ids) do
  local job, newer = load_job(id)
  if job or newer then
    prune_records({ finished_name(job or newer) })
  end
end
redis.call('DEL', DEAD)
return #ids
