"""Records and stream entries that do not fit each other are found and reconciled."""

from watchsync import keys
from watchsync.job import JobError, JobState, RetryAt


async def one(consumer):
    return (await consumer.take(1)).deliveries[0]


async def test_nothing_is_mended_where_all_fits(submit, hire):
    for number in range(5):
        await submit(f"ur{number}")
    consumer = hire()
    await one(consumer)
    await consumer.settle(await one(consumer), RetryAt(3600, JobError("x", "y")), patience_seconds=1)
    assert await consumer.reconcile() == 0


async def test_a_waiting_job_without_an_entry_gets_a_new_one(submit, hire, client):
    job = (await submit("ur1")).job
    await client.delete(keys.STREAM)
    assert await hire().reconcile() == 1
    assert (await one(hire())).job.id == job.id


async def test_a_running_job_without_an_entry_is_delivered_again(queue, submit, hire, client):
    job = (await submit("ur1")).job
    await one(hire("w1"))
    await client.delete(keys.STREAM)
    assert await hire("w2").reconcile() == 1
    again = await one(hire("w2"))
    assert (again.job.id, again.attempt) == (job.id, 2)


async def test_a_delayed_job_that_nobody_would_wake_is_put_back(submit, hire, client):
    job = (await submit("ur1")).job
    await hire().settle(await one(hire()), RetryAt(0, JobError("x", "y")), patience_seconds=1)
    await client.delete(keys.DELAYED)
    assert await hire().reconcile() == 1
    assert (await one(hire())).job.id == job.id


async def test_a_list_whose_job_is_gone_may_be_asked_for_again(submit, hire, client):
    await submit("ur1")
    await client.delete(keys.JOBS)
    assert await hire().reconcile() == 1
    assert (await submit("ur1")).created


async def test_a_waiting_job_that_was_delivered_to_nobody_comes_back(queue, submit, hire, client):
    job = (await submit("ur1")).job
    await client.xgroup_create(keys.STREAM, keys.GROUP, id="0")
    await client.xreadgroup(keys.GROUP, "stranger", {keys.STREAM: ">"})
    assert await hire().reconcile() == 1
    assert (await queue.lookup.get(job.id)).state is JobState.WAITING
    assert (await one(hire())).job.id == job.id
