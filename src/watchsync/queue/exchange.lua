-- What a worker says and hears in one step: how its attempts ended, and what it shall do next.
-- KEYS[11...] what completed jobs write, in the order of the settlings
-- ARGV[7] consumer, [8] how many jobs it wants, [9] lease in ms, [10] attempts that a job may have,
-- [11] '1' when an earlier answer was lost, [12] how many settlings follow, each: id, fence, outcome, error, delay_ms,
-- summary and the number of its writes as JSON, and for each write its value and its seconds to live; then the ids
-- that this consumer goes on to hold.
-- Answers {ms until the next delayed job is due or -1, ms until a lease may run out, leases reclaimed,
-- {consumers that hold something}, {a verdict for each settling}, {records of the jobs handed over}}.
local to = {
  consumer = ARGV[7], want = tonumber(ARGV[8]), lease_ms = tonumber(ARGV[9]), most = tonumber(ARGV[10]),
  held = {}, records = {},
}
local at, key = 13, 11

local function next_argument()
  at = at + 1
  return ARGV[at - 1]
end

local function next_settling()
  local told = cjson.decode(next_argument())
  local writes = {}
  for number = 1, told.writes or 0 do
    writes[number] = { key = KEYS[key], value = next_argument(), seconds = next_argument() }
    key = key + 1
  end
  told.writes = writes
  return told
end

local verdicts = {}
for number = 1, tonumber(ARGV[12]) do
  verdicts[number] = settle(next_settling(), to.most)
end
local holding = #ARGV - at + 1
for index = at, #ARGV do
  to.held[ARGV[index]] = true
end

local reclaimed = 0
prune(20 + 2 * #verdicts)
if ARGV[11] == '1' then
  recover(to)
end
if to.want > 0 then
  promote()
  reclaimed = reclaim(to)
  read_lanes(to)
end
if #verdicts + #to.records > 0 then
  redis.call('PUBLISH', LEASES, to.consumer .. ' ' .. holding + #to.records)
end
return {
  from_now(redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]),
  from_now(redis.call('HGET', CLOCKS, 'leases')),
  reclaimed, holders(), verdicts, to.records,
}
