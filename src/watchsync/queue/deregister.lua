-- Remove a consumer, and those that have long been silent, from the group. Those that hold jobs stay.
-- ARGV[10] consumer ('' for none), [11] ms of silence after which a consumer counts as gone. Answers how many went.
local gone = 0
for _, stream in ipairs({ STREAM, SCHEDULED }) do
  local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, GROUP)
  if not consumers.err then
    for _, consumer in ipairs(consumers) do
      local facts = {}
      for index = 1, #consumer, 2 do
        facts[consumer[index]] = consumer[index + 1]
      end
      if facts.pending == 0 and (facts.name == ARGV[10] or facts.idle > tonumber(ARGV[11])) then
        redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, facts.name)
        gone = gone + 1
      end
    end
  end
end
return gone
