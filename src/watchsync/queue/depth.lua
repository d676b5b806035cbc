-- Count the jobs. Answers {waiting, delayed, running, dead, age of the oldest waiting job in ms, quarantined}.
local waiting, running, oldest = 0, 0, 0
for _, stream in ipairs({ STREAM, SCHEDULED }) do
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if not groups.err then
    for _, group in ipairs(groups) do
      local facts = {}
      for index = 1, #group, 2 do
        facts[group[index]] = group[index + 1]
      end
      if facts.name == GROUP then
        running = running + facts.pending
        waiting = waiting + redis.call('XLEN', stream) - facts.pending
        local first = redis.call('XRANGE', stream, '(' .. facts['last-delivered-id'], '+', 'COUNT', 1)[1]
        if first then
          oldest = math.max(oldest, NOW - tonumber(string.match(first[1], '^(%d+)')))
        end
      end
    end
    if #groups == 0 then
      waiting = waiting + redis.call('XLEN', stream)
    end
  end
end
return {
  waiting + redis.call('ZCARD', NEWER), redis.call('ZCARD', DELAYED), running, redis.call('ZCARD', DEAD), oldest,
  redis.call('XLEN', QUARANTINE),
}
