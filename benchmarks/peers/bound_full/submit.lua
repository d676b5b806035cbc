-- Take in a job unless its list has an active one. KEYS: stream, active, record. ARGV: id, list, record as JSON.
if redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[1]) == 0 then
  return redis.call('HGET', KEYS[2], ARGV[2])
end
redis.call('SET', KEYS[3], ARGV[3])
redis.call('XADD', KEYS[1], '*', 'job', ARGV[1], 'list', ARGV[2])
return ARGV[1]
