"""Taking and settlement: each effect once, whoever dies or sleeps in between."""

import asyncio

import pytest
from ulid import ULID

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import LeaseLost, RedisUnavailable
from watchsync.job import (
    Completed,
    Dead,
    Interrupted,
    JobError,
    JobState,
    Lane,
    NewJob,
    Progress,
    RetryAt,
    Write,
)
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

ERROR = JobError("x", "It failed.")
STORED = Completed((Write(f"{keys.PREFIX}snapshot:ur1", b"new", 60),), {"titles": 3})
STALE = Completed((Write(f"{keys.PREFIX}snapshot:ur1", b"old", 60),))


async def take_one(consumer):
    return (await consumer.take(1)).deliveries[0]


async def take_one_unheard(consumer):
    """Take a job, but lose the answer on its way."""
    sent = consumer._scripts._call

    async def answer_gets_lost(*args, **kwargs):
        await sent(*args, **kwargs)
        raise RedisUnavailable

    consumer._scripts._call = answer_gets_lost
    with pytest.raises(RedisUnavailable):
        await consumer.take(1)
    consumer._scripts._call = sent


async def test_completing_stores_acks_deletes_and_frees_the_list(queue, submit, hire, client):
    await submit("ur1")
    delivery = await take_one(hire())
    await hire().settle(delivery, STORED, patience_seconds=1)
    job = await queue.lookup.get(delivery.job.id)
    assert (job.state, job.summary) == (JobState.COMPLETED, {"titles": 3})
    assert await client.get(f"{keys.PREFIX}snapshot:ur1") == b"new"
    assert await client.xlen(keys.STREAM) == 0
    assert (await client.xpending(keys.STREAM, keys.GROUP))["pending"] == 0
    assert await client.hlen(keys.ACTIVE) == 0


async def test_settling_twice_is_settling_once(queue, submit, hire):
    await submit("ur1")
    delivery = await take_one(hire())
    await hire().settle(delivery, STORED, patience_seconds=1)
    again = await hire().settle(delivery, STORED, patience_seconds=1)
    assert again == "repeated"
    assert len((await queue.lookup.get(delivery.job.id)).history) == 1


async def test_settling_again_is_told_so_although_another_has_the_job_by_now(queue, submit, hire):
    await submit("ur1")
    first = await take_one(hire())
    await hire().settle(first, RetryAt(0, ERROR), patience_seconds=1)
    second = await take_one(hire())
    assert await hire().settle(first, RetryAt(0, ERROR), patience_seconds=1) == "repeated"
    assert (await queue.lookup.get(first.job.id)).state is JobState.RUNNING
    await hire().settle(second, STORED, patience_seconds=1)


async def test_a_retry_waits_and_then_comes_with_the_next_attempt(queue, submit, hire):
    await submit("ur1")
    delivery = await take_one(hire())
    await hire().settle(delivery, RetryAt(3600, ERROR), patience_seconds=1)
    delayed = await queue.lookup.get(delivery.job.id)
    nothing = await hire().take(1)
    assert (delayed.state, delayed.error) == (JobState.DELAYED, ERROR)
    assert nothing.deliveries == ()
    assert 3500 < nothing.due_seconds <= 3600


async def test_a_due_retry_is_taken_again(submit, hire):
    await submit("ur1")
    await hire().settle(await take_one(hire()), RetryAt(0, ERROR), patience_seconds=1)
    again = await take_one(hire())
    assert again.attempt == 2


async def test_the_third_failure_ends_among_the_dead_letters(queue, submit, hire):
    job = (await submit("ur1")).job
    for _ in range(3):
        await hire().settle(await take_one(hire()), RetryAt(0, ERROR), patience_seconds=1)
    dead = await queue.lookup.get(job.id)
    assert dead.state is JobState.DEAD
    assert [entry.number for entry in dead.history] == [1, 2, 3]
    assert (await queue.gauges.depth()).dead == 1


async def test_giving_up_skips_the_remaining_attempts(queue, submit, hire):
    job = (await submit("ur1")).job
    await hire().settle(await take_one(hire()), Dead(ERROR), patience_seconds=1)
    assert (await queue.lookup.get(job.id)).state is JobState.DEAD


async def test_an_interrupted_attempt_costs_none(submit, hire):
    await submit("ur1")
    await hire("w1").settle(await take_one(hire("w1")), Interrupted(), patience_seconds=1)
    again = await take_one(hire("w2"))
    assert again.attempt == 1


async def test_a_lost_workers_job_is_taken_over_and_costs_an_attempt(submit, hire, expire_leases):
    await submit("ur1")
    lost = await take_one(hire("w1"))
    await expire_leases(lost)
    taken = await take_one(hire("w2"))
    assert (taken.job.id, taken.attempt) == (lost.job.id, 2)
    assert [entry.outcome for entry in taken.job.history] == ["lost"]


async def test_a_held_lease_is_not_taken_over(submit, hire):
    await submit("ur1")
    await take_one(hire("w1"))
    assert (await hire("w2").take(1)).deliveries == ()


async def test_a_job_that_kills_its_worker_three_times_is_dead(queue, submit, hire, expire_leases):
    job = (await submit("ur1")).job
    for worker in ("w1", "w2", "w3"):
        await expire_leases(await take_one(hire(worker)))
    assert (await hire("w4").take(1)).deliveries == ()
    dead = await queue.lookup.get(job.id)
    assert (dead.state, dead.error.code) == (JobState.DEAD, "worker-lost")


async def test_more_lost_jobs_than_free_slots_go_back_to_wait(queue, submit, hire, expire_leases):
    for number in range(3):
        await submit(f"ur{number}")
    taken = await hire("w1").take(3)
    await expire_leases(taken.deliveries[0])
    assert len((await hire("w2").take(1)).deliveries) == 1
    depth = await queue.gauges.depth()
    assert (depth.waiting, depth.running) == (2, 1)


async def test_a_fenced_out_worker_can_do_nothing_any_more(queue, submit, hire, client, expire_leases):
    await submit("ur1")
    old = await take_one(hire("w1"))
    await expire_leases(old)
    new = await take_one(hire("w2"))
    for outcome in (STALE, RetryAt(0, ERROR), Dead(ERROR), Interrupted()):
        with pytest.raises(LeaseLost):
            await hire("w1").settle(old, outcome, patience_seconds=1)
    with pytest.raises(LeaseLost):
        await hire("w1").report(old, Progress("reading", "still here"))
    assert await hire("w1").renew([old]) == {old.job.id}
    assert await client.get(f"{keys.PREFIX}snapshot:ur1") is None
    await hire("w2").settle(new, STORED, patience_seconds=1)
    assert await client.get(f"{keys.PREFIX}snapshot:ur1") == b"new"
    assert (await queue.lookup.get(new.job.id)).state is JobState.COMPLETED


async def test_renewing_keeps_a_lease(submit, hire, client, expire_leases):
    await submit("ur1")
    delivery = await take_one(hire("w1"))
    await expire_leases(delivery)
    assert await hire("w1").renew([delivery]) == frozenset()
    assert (await hire("w2").take(1)).deliveries == ()
    assert (await client.xpending(keys.STREAM, keys.GROUP))["consumers"][0]["name"] == b"w1"


async def test_progress_renews_the_lease_and_shows(queue, submit, hire, expire_leases):
    await submit("ur1")
    delivery = await take_one(hire("w1"))
    await expire_leases(delivery)
    await hire("w1").report(delivery, Progress("reading", "Read 250 of 1,179 titles", 250, 1179))
    assert (await hire("w2").take(1)).deliveries == ()
    assert (await queue.lookup.get(delivery.job.id)).progress.done == 250


async def test_a_cancelled_running_job_is_settled_by_nobody(queue, submit, hire):
    await submit("ur1")
    delivery = await take_one(hire())
    await queue.producer.cancel(delivery.job.id)
    with pytest.raises(LeaseLost):
        await hire().settle(delivery, STORED, patience_seconds=1)
    assert (await queue.lookup.get(delivery.job.id)).state is JobState.CANCELLED
    assert (await queue.gauges.depth()).running == 0


async def test_people_are_served_first_and_the_schedule_is_not_starved(submit, hire):
    for number in range(12):
        await submit(f"ur{number}")
        await submit(f"ls{number}", Lane.SCHEDULED)
    lanes = [(await take_one(hire())).job.lane for _ in range(12)]
    assert lanes.count(Lane.INTERACTIVE) == 9
    assert lanes.count(Lane.SCHEDULED) == 3


async def test_a_lost_answer_is_found_again(submit, hire, client, metrics):
    await submit("ur1")
    consumer = hire("w1")
    await take_one_unheard(consumer)
    found = (await consumer.take(1)).deliveries
    assert [delivery.attempt for delivery in found] == [1]
    assert (await consumer.take(1, held={found[0].job.id: found[0].fence})).deliveries == ()


async def test_a_lost_answer_under_a_new_fence_is_found_though_the_job_runs_here_under_the_old(
    submit, hire, expire_leases
):
    await submit("ur1")
    consumer = hire("w1")
    old = await take_one(consumer)
    await expire_leases(old)
    await take_one_unheard(consumer)
    (new,) = (await consumer.take(1, held={old.job.id: old.fence})).deliveries
    assert (new.job.id, new.attempt, new.fence == old.fence) == (old.job.id, 2, False)


async def test_what_a_worker_holds_is_not_taken_from_it_by_itself_however_late_it_was_renewed(
    queue, submit, hire, client, expire_leases
):
    await submit("ur1")
    delivery = await take_one(hire("w1"))
    await expire_leases(delivery)
    taken = await hire("w1").take(1, held={delivery.job.id: delivery.fence})
    job = await queue.lookup.get(delivery.job.id)
    assert (taken.deliveries, job.attempts, job.history) == ((), 1, ())
    (pending,) = await client.xpending_range(keys.STREAM, keys.GROUP, "-", "+", 9)
    assert pending["time_since_delivered"] < 3_600_000


async def test_a_time_that_lies_further_off_than_a_lease_does_not_hold_a_takeover_up(
    submit, hire, client, expire_leases
):
    await submit("ur1")
    lost = await take_one(hire("w1"))
    await expire_leases(lost)
    seconds, _ = await client.time()
    await client.hset(keys.CLOCKS, "leases", (seconds + 3600) * 1000)
    assert (await take_one(hire("w2"))).job.id == lost.job.id


async def test_a_record_in_words_of_another_version_is_left_to_its_lease(submit, hire, client):
    strange = (await submit("ur1")).job
    plain = (await submit("ur2")).job
    record = await client.hget(keys.JOBS, strange.id)
    await client.hset(keys.JOBS, strange.id, record.replace(b'"ur1"', b'"a shape of list to come"'))
    assert [delivery.job.id for delivery in (await hire().take(2)).deliveries] == [plain.id]


async def test_a_renewal_that_is_not_answered_leaves_time_for_another(submit, hire):
    await submit("ur1")
    consumer = hire("w1", lease_seconds=0.03)
    delivery = await take_one(consumer)

    async def never(*args, **kwargs):
        await asyncio.Event().wait()

    consumer._scripts._call = never
    with pytest.raises(RedisUnavailable):
        await consumer.renew([delivery])


async def test_a_forgotten_script_is_sent_again(submit, hire, client):
    await submit("ur1")
    await client.script_flush()
    assert len((await hire().take(1)).deliveries) == 1


async def test_a_group_that_was_destroyed_is_made_anew_from_the_first_entry(submit, hire, client):
    await submit("ur1")
    await client.xgroup_create(keys.STREAM, keys.GROUP, id="$")
    await client.xgroup_destroy(keys.STREAM, keys.GROUP)
    assert len((await hire().take(1)).deliveries) == 1


async def test_running_jobs_outlive_their_group(queue, submit, hire, client):
    job = (await submit("ur1")).job
    delivery = await take_one(hire("w1"))
    await client.xgroup_destroy(keys.STREAM, keys.GROUP)
    assert await hire("w1").renew([delivery]) == frozenset()
    await client.xgroup_destroy(keys.STREAM, keys.GROUP)
    await hire("w1").report(delivery, Progress("reading", "Half way", 1, 2))
    await client.xgroup_destroy(keys.STREAM, keys.GROUP)
    assert (await hire("w2").take(1)).deliveries == ()
    assert (await client.xpending_range(keys.STREAM, keys.GROUP, "-", "+", 9))[0]["consumer"] == b"w1"
    assert await hire("w1").settle(delivery, STORED, patience_seconds=1) == "completed"
    assert (await queue.lookup.get(job.id)).state is JobState.COMPLETED


async def test_a_dead_workers_job_is_taken_over_though_its_group_was_destroyed(submit, hire, client, expire_leases):
    await submit("ur1")
    lost = await take_one(hire("w1"))
    await client.xgroup_destroy(keys.STREAM, keys.GROUP)
    assert (await hire("w2").take(1)).deliveries == ()
    await expire_leases(lost)
    assert (await take_one(hire("w2"))).attempt == 2


async def test_a_crowd_of_finished_jobs_pushes_no_dead_letter_out(submit, hire, client):
    dead = (await submit("ur1")).job
    await hire().settle(await take_one(hire()), Dead(ERROR), patience_seconds=1)
    done = (await submit("ur2")).job
    await hire().settle(await take_one(hire()), STORED, patience_seconds=1)
    in_order_of_their_going = [name.split()[0].decode() for name in await client.zrange(keys.FINISHED, 0, -1)]
    assert in_order_of_their_going == [done.id, dead.id]


async def test_an_entry_without_a_record_is_dropped(submit, hire, client):
    job = (await submit("ur1")).job
    await client.hdel(keys.JOBS, job.id)
    assert (await hire().take(1)).deliveries == ()
    assert await client.xlen(keys.STREAM) == 0


async def test_a_consumer_leaves_only_when_nothing_is_pending_on_it(submit, hire, client):
    await submit("ur1")
    consumer = hire("w1")
    delivery = await take_one(consumer)
    await consumer.deregister()
    assert [consumer["name"] for consumer in await client.xinfo_consumers(keys.STREAM, keys.GROUP)] == [b"w1"]
    await consumer.settle(delivery, STORED, patience_seconds=1)
    await consumer.deregister()
    assert await client.xinfo_consumers(keys.STREAM, keys.GROUP) == []


async def test_one_short_job_costs_three_commands(submit, hire, client):
    await submit("ur9")
    await hire().settle(await take_one(hire()), STORED, patience_seconds=1)
    before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    await submit("ur1")
    delivery = await take_one(hire())
    await hire().settle(delivery, STORED, patience_seconds=1)
    assert (await client.info("commandstats"))["cmdstat_evalsha"]["calls"] - before == 3


async def test_accepted_jobs_survive_a_killed_redis(own_redis, metrics):
    client = connect(own_redis.url)
    async with open_queue(client, metrics) as queue:
        for number in range(5):
            await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(f"ur{number}")))
        own_redis.kill()
        with pytest.raises(RedisUnavailable):
            await queue.gauges.depth()
        own_redis.start()
        consumer = SteeredConsumer(client, metrics, consumer="w1", lease_seconds=30, max_attempts=3)
        assert len((await consumer.take(9)).deliveries) == 5
    await client.aclose()
