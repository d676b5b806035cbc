"""What a worker does not hear is not lost: answers, renewals, scripts and groups that went missing."""

import asyncio

import pytest

from watchsync import keys
from watchsync.errors import RedisUnavailable
from watchsync.job import (
    Completed,
    JobState,
    Progress,
    Write,
)

STORED = Completed((Write(f"{keys.PREFIX}snapshot:ur1", b"new", 60),), {"titles": 3})


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
