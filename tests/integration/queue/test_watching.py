"""Following a job from any process, through cuts."""

import asyncio

import pytest

from watchsync.errors import JobNotFound, RedisUnavailable
from watchsync.job import Completed, JobState, NewJob, Progress
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef


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


async def test_each_change_is_read_once_however_many_follow(queue, submit, hire, metrics):
    job = (await submit("ur1")).job
    entered, moved = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def follow():
        async with queue.lookup.watch(job.id) as changes:
            async for seen in changes:
                (entered if seen.state is JobState.WAITING else moved).release()
        return seen.state

    def reads() -> float:
        return metrics.redis_commands.labels(call="read")._value.get()

    watchers = [asyncio.create_task(follow()) for _ in range(50)]
    for _ in watchers:
        await entered.acquire()
    before = reads()
    assert before <= 2  # once on entering, once when the subscription is there
    delivery = (await hire().take(1)).deliveries[0]
    for _ in watchers:
        await moved.acquire()
    await hire().settle(delivery, Completed(), patience_seconds=1)
    assert set(await asyncio.gather(*watchers)) == {JobState.COMPLETED}
    assert reads() - before <= 3  # the subscription may come late


async def test_a_follower_that_goes_away_takes_nothing_from_the_others(queue, submit):
    job = (await submit("ur1")).job
    async with queue.lookup.watch(job.id) as changes:
        assert (await anext(changes)).state is JobState.WAITING
        async with queue.lookup.watch(job.id) as others:
            assert (await anext(others)).state is JobState.WAITING
            leaving = asyncio.create_task(anext(others))
            await asyncio.sleep(0)
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
        await queue.producer.cancel(job.id)
        assert (await anext(changes)).state is JobState.CANCELLED
    assert queue.lookup._following._followed == {}


async def test_who_follows_while_redis_is_away_is_told_and_may_come_again(own_redis, metrics):
    client = connect(own_redis.url)
    async with open_queue(client, metrics) as queue:
        new = NewJob(id="one", ref=ListRef.parse("ur1"))
        await queue.producer.submit(new)
        own_redis.kill()
        with pytest.raises(RedisUnavailable):
            async with queue.lookup.watch("one"):
                raise AssertionError("entered")
        own_redis.start()
        async with queue.lookup.watch("one") as changes:
            assert (await anext(changes)).state is JobState.WAITING
    await client.aclose()
