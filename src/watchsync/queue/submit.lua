-- Submit jobs. A job whose list has an active one joins that.
-- KEYS[13] idempotency key of the first job (where ARGV[10] is not empty).
-- ARGV[10] fingerprint of the first job or '', [11] seconds that an idempotency key is remembered,
-- [12] the jobs as JSON, each with id, ref, lane and maybe force, callback and correlation.
-- Answers an outcome (created, joined, replayed, conflict or gone) and a record for each job.
local fingerprint = ARGV[10]
local has_work = false

local function seen_before()
  local seen = fingerprint ~= '' and redis.pcall('GET', KEYS[13])
  if type(seen) ~= 'string' then
    return nil
  end
  local known, job_id = string.match(seen, '^(%S+) (%S+)$')
  if known ~= fingerprint then
    return 'conflict', ''
  end
  local text = redis.call('HGET', JOBS, job_id)
  return text and 'replayed' or 'gone', text or ''
end

-- Join the list's active job. Until it runs, a forced request makes it forced, and a person's moves it to their lane.
local function join(job, lane, force)
  local changed = false
  if force and not job.force and job.state ~= 'running' then
    job.force = true
    changed = true
  end
  if lane == 'interactive' and job.lane == 'scheduled' and job.state ~= 'running' then
    if job.state == 'waiting' then
      withdraw(job)
      job.entry = redis.call('XADD', STREAM, '*', 'job', job.id)
      has_work = true
    end
    job.lane = lane
    changed = true
  end
  return changed and announce(job) or record_of(job.id)
end

local function create(job)
  job.v, job.state, job.created, job.attempts, job.seq, job.handovers = VERSION, 'delayed', NOW, 0, 0, 0
  enqueue(job)
  has_work = true
  redis.call('ZADD', CREATED, 0, job.id)
  redis.call('ZADD', BY_LIST, 0, listed_name(job.ref, job.id))
  local text = cjson.encode(job)
  redis.call('HSET', JOBS, job.id, text)
  return text
end

local function take_in(new)
  local again = redis.call('HGET', JOBS, new.id)
  if again then
    return 'replayed', again, new.id
  end
  if redis.call('HSETNX', ACTIVE, new.ref, new.id) == 0 then
    local active = redis.call('HGET', ACTIVE, new.ref)
    local job, newer = load_job(active)
    if newer and not newer.finished then
      return 'joined', record_of(active), active
    end
    if job and not job.finished then
      return 'joined', join(job, new.lane, new.force), active
    end
    redis.call('HSET', ACTIVE, new.ref, new.id)
  end
  return 'created', create(new), new.id
end

local out = {}
for number, new in ipairs(cjson.decode(ARGV[12])) do
  local outcome, text, job_id
  if number == 1 then
    outcome, text = seen_before()
  end
  if not outcome then
    outcome, text, job_id = take_in(new)
    if number == 1 and fingerprint ~= '' then
      redis.call('SET', KEYS[13], fingerprint .. ' ' .. job_id, 'EX', ARGV[11])
    end
  end
  table.insert(out, outcome)
  table.insert(out, text)
end
if has_work then
  wake()
end
return answer(out)
