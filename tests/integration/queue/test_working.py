"""Taking and settlement: each effect once, whoever dies or sleeps in between."""

import pytest
from ulid import ULID

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import RedisUnavailable
from watchsync.job import (
    Completed,
    Dead,
    Interrupted,
    JobError,
    JobState,
    Lane,
    NewJob,
    Postponed,
    RetryAt,
    Write,
)
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

ERROR = JobError("x", "It failed.")
STORED = Completed((Write(f"{keys.PREFIX}snapshot:ur1", b"new", 60),), {"titles": 3})


async def take_one(consumer):
    return (await consumer.take(1)).deliveries[0]


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


async def test_what_its_owner_caused_ends_a_job_but_makes_no_dead_letter(queue, submit, hire, client):
    job = (await submit("ur1")).job
    await hire().settle(await take_one(hire()), Dead(ERROR, by_owner=True), patience_seconds=1)
    ended = await queue.lookup.get(job.id)
    assert (ended.state, ended.error, ended.history[-1].outcome) == (JobState.DEAD, ERROR, "unreadable")
    assert ((await queue.dead_letters.list()).jobs, (await queue.gauges.depth()).dead) == ((), 0)
    again = await queue.dead_letters.requeue(job.id)
    await hire().settle(await take_one(hire()), Dead(ERROR), patience_seconds=1)
    assert [letter.id for letter in (await queue.dead_letters.list()).jobs] == [again.id]
    assert await client.zcard(keys.FINISHED) == 1


async def test_an_interrupted_attempt_costs_none(submit, hire):
    await submit("ur1")
    await hire("w1").settle(await take_one(hire("w1")), Interrupted(), patience_seconds=1)
    again = await take_one(hire("w2"))
    assert again.attempt == 1


async def test_a_postponed_attempt_costs_none_comes_back_when_due_and_says_why(queue, submit, hire):
    job = (await submit("ur1")).job
    for _ in range(4):
        await hire().settle(await take_one(hire()), Postponed(0, ERROR), patience_seconds=1)
    delayed = await queue.lookup.get(job.id)
    assert (delayed.state, delayed.attempts, delayed.error) == (JobState.DELAYED, 0, ERROR)
    assert [entry.outcome for entry in delayed.history] == ["postponed"] * 4
    await hire().settle(await take_one(hire()), Postponed(3600, ERROR), patience_seconds=1)
    assert (await hire().take(1)).deliveries == ()


async def test_people_are_served_first_and_the_schedule_is_not_starved(submit, hire):
    for number in range(12):
        await submit(f"ur{number}")
        await submit(f"ls{number}", Lane.SCHEDULED)
    lanes = [(await take_one(hire())).job.lane for _ in range(12)]
    assert lanes.count(Lane.INTERACTIVE) == 9
    assert lanes.count(Lane.SCHEDULED) == 3


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
