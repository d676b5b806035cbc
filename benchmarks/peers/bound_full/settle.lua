-- Settle a job if it is still ours. KEYS: stream, active, result. ARGV: group, consumer, entry, list, id, result, seconds.
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)[1]
if not pending or pending[2] ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[3], ARGV[6], 'EX', ARGV[7])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
if redis.call('HGET', KEYS[2], ARGV[4]) == ARGV[5] then
  redis.call('HDEL', KEYS[2], ARGV[4])
end
return 1
