-- One exchange with a worker: settle the attempts that ended, then hand over jobs.
-- ARGV[10] as JSON: consumer, want (how many jobs), lease_ms, most (attempts that a job may have), held (fences of the
-- jobs that the consumer goes on to hold, by id), recover (whether an earlier answer was lost), settlements (each with
-- id, fence, outcome, error, delay_ms, summary, and the seconds that each of its writes lives).
-- KEYS[13...] and ARGV[11...] are the keys and values that completed jobs write, in the order of the settlements.
-- Jobs listed in `held` are never reclaimed from the caller.
-- Answers {ms until the next delayed job is due or -1, ms until a lease may run out or -1, leases reclaimed,
-- {consumers that hold jobs}, {a verdict for each settlement}, {records of the jobs handed over},
-- {ids of records that were moved aside}}.
local request = cjson.decode(ARGV[10])
local taker = {
  consumer = request.consumer, want = request.want, held = request.held,
  lease_ms = request.lease_ms, most = request.most, records = {},
}
local written = 0

local function writes_of(settlement)
  local writes = {}
  for number, seconds in ipairs(settlement.seconds or {}) do
    written = written + 1
    writes[number] = { key = KEYS[12 + written], value = ARGV[10 + written], seconds = seconds }
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
  admit_newer(taker)
  reclaimed = reclaim(taker)
  read_lanes(taker)
end
if #verdicts + #taker.records > 0 then
  local holding = #taker.records
  for _ in pairs(taker.held) do
    holding = holding + 1
  end
  tell(LEASES, taker.consumer .. ' ' .. holding)
end
return answer({
  from_now(redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]),
  from_now(shared_number('leases')),
  reclaimed, holders(), verdicts, taker.records, quarantined,
})
