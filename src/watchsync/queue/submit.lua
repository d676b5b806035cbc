-- Take in a job, or join the list's active one.
-- KEYS[10] the list's latest jobs, KEYS[11] the idempotency key (when ARGV[12] is set)
-- ARGV[6] id, [7] ref, [8] lane, [9] force '1'/'', [10] callback, [11] correlation id,
-- [12] fingerprint or '', [13] seconds that an idempotency key is remembered, [14] jobs listed for one list
-- Answers {outcome, record}: created, joined, replayed or conflict.
local id, ref, lane, force = ARGV[6], ARGV[7], ARGV[8], ARGV[9] == '1'
local fingerprint = ARGV[12]

local function remember(job_id)
  if fingerprint ~= '' then
    redis.call('SET', KEYS[11], fingerprint .. ' ' .. job_id, 'EX', ARGV[13])
  end
end

if fingerprint ~= '' then
  local seen = redis.call('GET', KEYS[11])
  if seen then
    local known, job_id = string.match(seen, '^(%S+) (%S+)$')
    if known ~= fingerprint then
      return { 'conflict', '' }
    end
    local text = redis.call('HGET', JOBS, job_id)
    if text then
      return { 'replayed', text }
    end
  end
end

local again = redis.call('HGET', JOBS, id)
if again then
  return { 'replayed', again }
end
prune(2)

local active = redis.call('HGET', ACTIVE, ref)
local job = active and load_job(active)
if job and not job.finished then
  remember(job.id)
  local changed = false
  if force and not job.force and job.state ~= 'running' then
    job.force = true
    changed = true
  end
  if lane == 'interactive' and job.lane == 'scheduled' then
    if job.state == 'waiting' then
      withdraw(job)
      job.lane = lane
      job.entry = redis.call('XADD', STREAM, '*', 'job', job.id)
      changed = true
      wake()
    elseif job.state == 'delayed' then
      job.lane = lane
      changed = true
    end
  end
  if changed then
    announce(job)
  end
  return { 'joined', redis.call('HGET', JOBS, job.id) }
end

job = {
  id = id, ref = ref, lane = lane, state = 'delayed', created = NOW, attempts = 0, seq = 0, handovers = 0,
  force = force or nil,
  callback = ARGV[10] ~= '' and ARGV[10] or nil,
  correlation = ARGV[11] ~= '' and ARGV[11] or nil,
}
enqueue(job)
redis.call('HSET', ACTIVE, ref, id)
redis.call('ZADD', CREATED, 0, id)
redis.call('ZADD', KEYS[10], 0, id)
redis.call('ZREMRANGEBYRANK', KEYS[10], 0, -(tonumber(ARGV[14]) + 1))
redis.call('PEXPIRE', KEYS[10], KEEP_MS)
remember(id)
save(job)
wake()
return { 'created', redis.call('HGET', JOBS, id) }
