-- Store many titles in one command.
-- KEYS one for each title. ARGV a value and its seconds to live for each title. Answers how many were stored.
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[2 * i - 1], 'EX', ARGV[2 * i])
end
return #KEYS
