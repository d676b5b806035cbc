-- Drop every dead letter. Answers how many.
local ids = redis.call('ZRANGE', DEAD, 0, -1)
for _, id in ipairs(ids) do
  forget(id)
end
return #ids
