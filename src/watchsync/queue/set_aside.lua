-- Rename the queue's keys that hold something of another type than they should.
-- KEYS[13..24] where to, in the order of the keys. Answers the names of those that were renamed.
local TYPES = {
  'hash', 'stream', 'stream', 'zset', 'hash', 'zset', 'zset', 'zset', 'zset', 'hash', 'stream', 'zset',
}
local renamed = {}
for index, wanted in ipairs(TYPES) do
  local found = redis.call('TYPE', KEYS[index]).ok
  if found ~= 'none' and found ~= wanted then
    redis.call('RENAME', KEYS[index], KEYS[12 + index])
    table.insert(renamed, KEYS[index])
  end
end
return renamed
