-- Record how the origin answered.
-- KEYS[1] the origin's hash. ARGV[1] ok, refused, fault or used (a list came this way, and the last one did not),
-- [2] first pause in ms, [3] longest pause in ms, [4] the pause that the origin itself asked for in ms (0: none),
-- [5] id of the pass, [6] how many faults in a row open the breaker.
-- Answers ms until the breaker lets a probe through (0: closed).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local verdict = ARGV[1]
local known = redis.call('HMGET', KEYS[1], 'pause', 'open_until', 'probe')
local open_until = tonumber(known[2] or 0)

if verdict == 'used' then
  redis.call('HSET', KEYS[1], 'used_at', now)
  redis.call('EXPIRE', KEYS[1], 2592000)
  return math.max(open_until - now, 0)
end
if verdict == 'ok' then
  if open_until > 0 and known[3] ~= ARGV[5] then
    -- A probe that took too long; a later one decides.
    return math.max(open_until - now, 0)
  end
  redis.call('HDEL', KEYS[1], 'open_until', 'probe_until', 'probe', 'pause', 'faults')
  return 0
end

-- A refusal counts at once, faults count in a row; at a probe either one decides.
local pause = tonumber(ARGV[4])
local is_shut = verdict == 'refused' or open_until > 0
if not is_shut then
  is_shut = redis.call('HINCRBY', KEYS[1], 'faults', 1) >= tonumber(ARGV[6])
  redis.call('EXPIRE', KEYS[1], 2592000)
end
if not is_shut and pause == 0 then
  return 0
end
if is_shut and open_until > now then
  -- Several pages were under way when the first was refused: that is one refusal.
  pause = math.max(open_until - now, pause)
elseif is_shut then
  local doubled = math.min(tonumber(known[1] or 0) * 2, tonumber(ARGV[3]))
  pause = math.max(doubled, tonumber(ARGV[2]), pause)
  redis.call('HSET', KEYS[1], 'pause', math.min(pause, tonumber(ARGV[3])))
  redis.call('HDEL', KEYS[1], 'faults')
end
open_until = math.max(open_until, now + pause)
redis.call('HSET', KEYS[1], 'open_until', open_until)
redis.call('HDEL', KEYS[1], 'probe_until', 'probe')
redis.call('EXPIRE', KEYS[1], 2592000)
return open_until - now
