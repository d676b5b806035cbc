-- Write down how the origin answered.
-- KEYS[1] the origin's hash. ARGV[1] ok, refused or throttled, [2] first pause in ms, [3] longest pause in ms,
-- [4] the pause that the origin itself asked for in ms (0: none).
-- Answers ms until the breaker lets a probe through (0: closed).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if ARGV[1] == 'ok' then
  redis.call('HDEL', KEYS[1], 'open_until', 'probe_until', 'pause')
  return 0
end
local pause = tonumber(ARGV[4])
if ARGV[1] == 'refused' then
  local known = redis.call('HMGET', KEYS[1], 'pause', 'open_until')
  if tonumber(known[2] or 0) > now then
    return known[2] - now
  end
  local doubled = math.min(tonumber(known[1] or 0) * 2, tonumber(ARGV[3]))
  pause = math.max(doubled, tonumber(ARGV[2]), pause)
  redis.call('HSET', KEYS[1], 'pause', pause)
end
redis.call('HSET', KEYS[1], 'open_until', now + pause)
redis.call('HDEL', KEYS[1], 'probe_until')
redis.call('EXPIRE', KEYS[1], 172800)
return pause
