-- Record how the origin answered.
-- KEYS[1] the origin's hash. ARGV[1] ok, refused or throttled, [2] first pause in ms, [3] longest pause in ms,
-- [4] the pause that the origin itself asked for in ms (0: none), [5] id of the pass.
-- Answers ms until the breaker lets a probe through (0: closed).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'pause', 'open_until', 'probe')
local open_until = tonumber(known[2] or 0)

if ARGV[1] == 'ok' then
  if known[3] ~= ARGV[5] then
    -- A probe that took too long; a later one decides.
    return math.max(open_until - now, 0)
  end
  redis.call('HDEL', KEYS[1], 'open_until', 'probe_until', 'probe', 'pause')
  return 0
end
local pause = tonumber(ARGV[4])
if ARGV[1] == 'refused' then
  if open_until > now then
    -- Several pages were under way when the first was refused: that is one refusal.
    pause = math.max(open_until - now, pause)
  else
    local doubled = math.min(tonumber(known[1] or 0) * 2, tonumber(ARGV[3]))
    pause = math.max(doubled, tonumber(ARGV[2]), pause)
    redis.call('HSET', KEYS[1], 'pause', math.min(pause, tonumber(ARGV[3])))
  end
end
open_until = math.max(open_until, now + pause)
redis.call('HSET', KEYS[1], 'open_until', open_until)
redis.call('HDEL', KEYS[1], 'probe_until', 'probe')
redis.call('EXPIRE', KEYS[1], 172800)
return open_until - now
