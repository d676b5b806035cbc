-- When may the next page of this origin be requested?
-- KEYS[1] the origin's hash. ARGV[1] least interval in ms, [2] ms within which a probe must report, [3] id of the pass
-- (empty: only have a look), [4] the longest wait in ms for which a turn is still booked (empty: any).
-- Answers {ms to wait before the request, ms until the breaker lets a probe through (0: closed), 1 for the probe,
-- faults in a row so far, ms by which the wait is too long (0: it is not; otherwise no turn was booked)}.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local interval = tonumber(ARGV[1])
local facts = redis.call('HMGET', KEYS[1], 'open_until', 'probe_until', 'next', 'probe', 'faults')
local open_until, probe_until = tonumber(facts[1] or 0), tonumber(facts[2] or 0)
local faults = tonumber(facts[5] or 0)
local at = math.max(tonumber(facts[3] or 0), now)
local longest_wait = tonumber(ARGV[4]) or math.huge
local is_look = ARGV[3] == ''
local is_probe = 0

if open_until > now then
  return { 0, open_until - now, 0, 0, 0 }
end
if interval > 0 and at - now > longest_wait then
  return { 0, 0, 0, faults, at - now - longest_wait }
end
if open_until > 0 then
  if probe_until > now and facts[4] ~= ARGV[3] then
    return { 0, probe_until - now, 0, 0, 0 }
  end
  is_probe = 1
  if not is_look then
    redis.call('HSET', KEYS[1], 'probe_until', now + tonumber(ARGV[2]), 'probe', ARGV[3])
  end
end
if is_look or interval == 0 then
  return { 0, 0, is_probe, faults, 0 }
end
redis.call('HSET', KEYS[1], 'next', at + interval)
redis.call('EXPIRE', KEYS[1], 2592000)
return { at - now, 0, is_probe, faults, 0 }
