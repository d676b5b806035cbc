-- A consumer leaves, and so do those that have long been silent; never one on which something is pending.
-- ARGV[7] consumer, [8] ms of silence after which a consumer counts as gone. Answers how many went.
local gone = 0
for _, stream in ipairs({ STREAM, SCHEDULED }) do
  local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, GROUP)
  if not consumers.err then
    for _, consumer in ipairs(consumers) do
      local facts = {}
      for index = 1, #consumer, 2 do
        facts[consumer[index]] = consumer[index + 1]
      end
      if facts.pending == 0 and (facts.name == ARGV[7] or facts.idle > tonumber(ARGV[8])) then
        redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, facts.name)
        gone = gone + 1
      end
    end
  end
end
return gone
