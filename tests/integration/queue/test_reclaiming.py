"""What becomes of jobs whose worker is lost, slow, or no longer has the lease."""

import pytest

from watchsync import keys
from watchsync.errors import LeaseLost
from watchsync.job import (
    Completed,
    Dead,
    Interrupted,
    JobError,
    JobState,
    Progress,
    RetryAt,
    Write,
)

ERROR = JobError("x", "It failed.")
STORED = Completed((Write(f"{keys.PREFIX}snapshot:ur1", b"new", 60),), {"titles": 3})
STALE = Completed((Write(f"{keys.PREFIX}snapshot:ur1", b"old", 60),))


async def take_one(consumer):
    return (await consumer.take(1)).deliveries[0]


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


async def has_been_silent(client, delivery, seconds: int) -> None:
    """Make a delivery as old as that."""
    (entry,) = await client.xpending_range(keys.STREAM, keys.GROUP, "-", "+", 1)
    owner = (keys.STREAM, keys.GROUP, entry["consumer"])
    await client.xclaim(*owner, 0, [entry["message_id"]], idle=seconds * 1000, justid=True)


async def test_the_next_lease_to_run_out_is_that_of_who_was_silent_longest(submit, hire, client):
    await submit("ur1")
    await has_been_silent(client, await take_one(hire("w1")), 20)
    await client.hdel(keys.CLOCKS, "leases")
    assert (await hire("w2").take(1)).lease_seconds <= 10


async def test_what_is_recovered_has_a_full_lease(submit, hire, client):
    await submit("ur1")
    worker = hire("w1")
    delivery = await take_one(worker)
    await has_been_silent(client, delivery, 20)
    worker._reply_lost = True
    assert [found.fence for found in (await worker.take(0)).deliveries] == [delivery.fence]
    (entry,) = await client.xpending_range(keys.STREAM, keys.GROUP, "-", "+", 1)
    assert entry["time_since_delivered"] < 10_000


async def test_a_jobs_wait_is_observed_once_however_often_it_is_handed_over(submit, hire, metrics, expire_leases):
    await submit("ur1")
    await hire("w1").settle(await take_one(hire("w1")), Interrupted())
    await expire_leases(await take_one(hire("w1")))
    await take_one(hire("w2"))
    assert metrics.registry.get_sample_value("watchsync_job_wait_seconds_count") == 1
