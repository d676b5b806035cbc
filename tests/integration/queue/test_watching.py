"""Following a job from any process, through cuts."""

import asyncio

import pytest

from watchsync.errors import JobNotFound
from watchsync.job import Completed, JobState, Progress


async def test_a_watcher_sees_a_job_from_waiting_to_completed(queue, submit, hire):
    job = (await submit("ur1")).job
    states = []
    async with queue.lookup.watch(job.id) as changes:
        async for seen in changes:
            states.append((seen.state, seen.progress.message if seen.progress else None))
            if seen.state is JobState.WAITING:
                delivery = (await hire().take(1)).deliveries[0]
            elif seen.progress is None and seen.state is JobState.RUNNING:
                await hire().report(delivery, Progress("reading", "half"))
            elif seen.state is JobState.RUNNING:
                await hire().settle(delivery, Completed(), patience_seconds=1)
    assert states == [
        (JobState.WAITING, None),
        (JobState.RUNNING, None),
        (JobState.RUNNING, "half"),
        (JobState.COMPLETED, None),
    ]


async def test_watching_a_finished_job_ends_at_once(queue, submit):
    job = (await submit("ur1")).job
    await queue.producer.cancel(job.id)
    async with queue.lookup.watch(job.id) as changes:
        assert [seen.state async for seen in changes] == [JobState.CANCELLED]


async def test_watching_an_unknown_job_says_so(queue):
    with pytest.raises(JobNotFound):
        async with queue.lookup.watch("nobody"):
            raise AssertionError("entered")


async def test_a_hundred_watchers_share_one_connection(queue, submit, client):
    job = (await submit("ur1")).job
    entered = asyncio.Semaphore(0)

    async def follow():
        async with queue.lookup.watch(job.id) as changes:
            async for seen in changes:
                if seen.state is JobState.WAITING:
                    entered.release()
        return seen.state

    watchers = [asyncio.create_task(follow()) for _ in range(100)]
    for _ in watchers:
        await entered.acquire()
    subscribed = [each for each in await client.client_list() if int(each["sub"]) > 0]
    await queue.producer.cancel(job.id)
    assert set(await asyncio.gather(*watchers)) == {JobState.CANCELLED}
    assert len(subscribed) == 1


async def test_a_watcher_whose_connection_was_cut_still_sees_the_end(queue, submit, client):
    job = (await submit("ur1")).job
    async with queue.lookup.watch(job.id) as changes:
        assert (await anext(changes)).state is JobState.WAITING
        await client.client_kill_filter(_type="pubsub", skipme=True)
        await queue.producer.cancel(job.id)
        assert (await anext(changes)).state is JobState.CANCELLED
