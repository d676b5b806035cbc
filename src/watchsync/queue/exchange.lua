-- What a worker says and hears in one step: how its attempts ended, and what it shall do next.
-- ARGV[7] as JSON: consumer, want (how many jobs), lease_ms, most (attempts that a job may have), held (the fences of the
-- jobs that it goes on to hold, by id), recover (whether an earlier answer was lost), settlings (each with id, fence,
-- outcome, error, delay_ms, summary, and for each of its writes the seconds to live)
-- KEYS[11...] and ARGV[8...] what completed jobs write and its values, in the order of the settlings
-- Answers {ms until the next delayed job is due or -1, ms until a lease may run out, leases reclaimed,
-- {consumers that hold something}, {a verdict for each settling}, {records of the jobs handed over}}.
local told = cjson.decode(ARGV[7])
local to = {
  consumer = told.consumer, want = told.want, lease_ms = told.lease_ms, most = told.most, held = told.held, records = {},
}
local written = 0

local function writes_of(settling)
  local writes = {}
  for number, seconds in ipairs(settling.seconds or {}) do
    written = written + 1
    writes[number] = { key = KEYS[10 + written], value = ARGV[7 + written], seconds = seconds }
  end
  return writes
end

local verdicts = {}
for number, settling in ipairs(told.settlings) do
  verdicts[number] = settle(settling, writes_of(settling), to.most)
end

local reclaimed = 0
prune(20 + 2 * #verdicts)
if told.recover then
  recover(to)
end
if to.want > 0 then
  promote()
  reclaimed = reclaim(to)
  read_lanes(to)
end
if #verdicts + #to.records > 0 then
  local holding = #to.records
  for _ in pairs(to.held) do
    holding = holding + 1
  end
  redis.call('PUBLISH', LEASES, to.consumer .. ' ' .. holding)
end
return {
  from_now(redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]),
  from_now(redis.call('HGET', CLOCKS, 'leases')),
  reclaimed, holders(), verdicts, to.records,
}
