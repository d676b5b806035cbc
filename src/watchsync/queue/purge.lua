-- Drop every dead letter. Answers how many there were.
local ids = redis.call('ZRANGE', DEAD, 0, -1)
for _, id in ipairs(ids) do
  local job = load_job(id)
  if job then
    prune_records({ finished_name(job) })
  end
end
redis.call('DEL', DEAD)
return #ids
