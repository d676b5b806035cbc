-- What a worker says and hears in one step: how its attempts ended, and what it shall do next.
-- ARGV[7] as JSON: consumer, want (how many jobs), lease_ms, most (attempts that a job may have), held (the fences of the
-- jobs that it goes on to hold, by id), recover (whether an earlier answer was lost), settlements (each with id, fence,
-- outcome, error, delay_ms, summary, and for each of its writes the seconds to live)
-- KEYS[11...] and ARGV[8...] what completed jobs write and its values, in the order of the settlements
-- Answers {ms until the next delayed job is due or -1, ms until a lease may run out, leases reclaimed,
-- {consumers that hold something}, {a verdict for each settling}, {records of the jobs handed over}}.
local request = cjson.decode(ARGV[7])
local taker = {
  consumer = request.consumer, want = request.want, lease_ms = request.lease_ms, most = request.most, held = request.held, records = {},
}
local written = 0

local function writes_of(settlement)
  local writes = {}
  for number, seconds in ipairs(settlement.seconds or {}) do
    written = written + 1
    writes[number] = { key = KEYS[10 + written], value = ARGV[7 + written], seconds = seconds }
  end
  return writes
end

local verdicts = {}
for number, settlement in ipairs(request.settlements) do
  verdicts[number] = settle(settlement, writes_of(settlement), taker.most)
end

local reclaimed = 0
prune_finished(20 + 2 * #verdicts)
if request.recover then
  recover(taker)
end
if taker.want > 0 then
  promote()
  reclaimed = reclaim(taker)
  read_lanes(taker)
end
if #verdicts + #taker.records > 0 then
  local holding = #taker.records
  for _ in pairs(taker.held) do
    holding = holding + 1
  end
  redis.call('PUBLISH', LEASES, taker.consumer .. ' ' .. holding)
end
return {
  from_now(redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]),
  from_now(redis.call('HGET', CLOCKS, 'leases')),
  reclaimed, holders(), verdicts, taker.records,
}
