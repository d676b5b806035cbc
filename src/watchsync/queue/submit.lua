-- Submit jobs. A job whose list has an active one joins that.
-- KEYS[13] budgets, [14] their salt, [15] idempotency key of the first job (where ARGV[10] is not empty).
-- ARGV[10] fingerprint of the first job or '', [11] seconds that an idempotency key is remembered,
-- [12] the jobs as JSON, each with id, ref, lane and maybe force, callback and correlation.
-- and `budget`, the address whose budget a new job is charged to; [13] a salt for when there is none, [14] new lists that
-- an address may ask for in an hour (0: any), [15] how many of them go before the scheduled ones, [16] interactive jobs
-- that may wait (0: any).
-- Answers an outcome (created, joined, replayed, conflict, gone, full or spent) and a record for each job; for full and
-- spent the seconds after which to try again.
local fingerprint = ARGV[10]
local has_work = false

local function seen_before()
  local seen = fingerprint ~= '' and redis.pcall('GET', KEYS[15])
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

local waiting

-- How many interactive jobs wait to be taken.
local function waiting_jobs()
  if not waiting then
    local pending = redis.pcall('XPENDING', STREAM, GROUP)
    waiting = redis.call('XLEN', STREAM) - (pending.err and 0 or pending[1])
  end
  return waiting
end

-- How many new lists an address asked for in this hour, this one included, and the seconds until the hour is over.
local function spend(address)
  redis.call('SET', KEYS[14], ARGV[13], 'EX', 86400, 'NX')
  local salt = redis.pcall('GET', KEYS[14])
  local spent = type(salt) == 'string' and redis.pcall('HINCRBY', KEYS[13], redis.sha1hex(salt .. address), 1)
  if type(spent) ~= 'number' then
    return 0, 0 -- these keys are somebody else's
  end
  local left = redis.call('TTL', KEYS[13])
  if left < 0 then
    left = 3600
    redis.call('EXPIRE', KEYS[13], left)
  end
  return spent, left
end

-- Why a new job is not admitted, and in how many seconds it may be; nil for one that is. What an address asks for beyond
-- its first few waits behind the scheduled jobs, so that nobody waits for all that one other person asked for.
local function objection(new)
  local address, budget, first, most = new.budget, tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16])
  new.budget = nil
  if new.lane == 'interactive' and most > 0 and waiting_jobs() >= most then
    return 'full', '60'
  end
  if address and budget > 0 then
    local spent, left = spend(address)
    if spent > budget then
      return 'spent', tostring(left)
    elseif spent > first then
      new.lane = 'scheduled'
    end
  end
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
  end
  local refusal, seconds = objection(new)
  if refusal then
    redis.call('HDEL', ACTIVE, new.ref)
    return refusal, seconds
  end
  redis.call('HSET', ACTIVE, new.ref, new.id)
  waiting = waiting and waiting + (new.lane == 'interactive' and 1 or 0)
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
    if number == 1 and fingerprint ~= '' and job_id then
      redis.call('SET', KEYS[15], fingerprint .. ' ' .. job_id, 'EX', ARGV[11])
    end
  end
  table.insert(out, outcome)
  table.insert(out, text)
end
if has_work then
  wake()
end
return answer(out)
