"""A Redis user without channels, Redis 7's usual one: scripts do all that they do, and looking replaces listening."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis import Redis as BlockingRedis
from structlog.testing import capture_logs

from running_workers import BlockedWork, running_worker
from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.job import Completed, JobError, JobState, NewJob, Progress, RetryAt
from watchsync.queue.listener import Listener
from watchsync.queue.lookup import Lookup
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

POLL_SECONDS = 0.05
AN_ERROR = JobError("drifted", "It has changed.")


def new(name="J1", ref="ur1"):
    return NewJob(id=name, ref=ListRef.parse(ref))


@pytest.fixture
def admin(redis_server, redis_url):
    """Of a server with a user that has all commands and keys and no channels; its address is ``mute_url``."""
    with BlockingRedis.from_url(redis_url) as client:
        client.execute_command("ACL", "SETUSER", "mute", "on", ">secret", "~*", "+@all", "resetchannels")
        yield client
        client.acl_deluser("mute")


@pytest.fixture
def mute_url(admin, redis_url):
    return redis_url.replace("unix://", "unix://mute:secret@")


@pytest.fixture
async def mute(mute_url):
    client = connect(mute_url)
    yield client
    await client.aclose()


@asynccontextmanager
async def looking_queue(client, metrics):
    """A queue whose listener looks often."""
    async with Listener(client, poll_seconds=POLL_SECONDS) as listener:
        queue = Queue.on(client, metrics)
        yield replace(queue, listener=listener, lookup=Lookup(queue.lookup._reads, listener))


async def test_every_script_does_all_that_it_does(mute, metrics, client):
    queue = Queue.on(mute, metrics)
    worker = SteeredConsumer(mute, metrics, consumer="w1", lease_seconds=30, max_attempts=1)
    assert (await queue.producer.submit(new())).created
    (delivery,) = (await worker.take(1)).deliveries
    await worker.report(delivery, Progress("reading", "Half way", 1, 2))
    assert await worker.renew([delivery]) == frozenset()
    assert await worker.settle(delivery, RetryAt(0, AN_ERROR)) == "dead"
    assert [job.id for job in (await queue.dead_letters.list()).jobs] == ["J1"]
    await queue.dead_letters.requeue("J1")
    await queue.producer.cancel("J1")
    await queue.producer.submit(new("J2"))
    (delivery,) = (await worker.take(1)).deliveries
    await worker.settle(delivery, Completed())
    await worker.reconcile()
    states = {job.id: job.state for job in (await queue.lookup.find()).jobs}
    assert states == {"J1": JobState.CANCELLED, "J2": JobState.COMPLETED}
    assert await client.hlen(keys.ACTIVE) == 0


async def test_an_idle_worker_starts_a_job_and_stops_a_cancelled_one(mute, mute_url, metrics):
    work = BlockedWork()
    async with looking_queue(mute, metrics) as queue, running_worker(mute_url, work, poll_seconds=POLL_SECONDS):
        async with asyncio.timeout(60):
            await queue.producer.submit(new())
            assert await work.started.get() == "J1"
            await queue.producer.cancel("J1")
            assert await work.stopped.get() == "J1"
            await queue.producer.submit(new("J2"))
            assert await work.started.get() == "J2"


async def test_a_watched_job_is_followed_to_its_end(mute, mute_url, metrics):
    work = BlockedWork()
    async with looking_queue(mute, metrics) as queue, running_worker(mute_url, work, poll_seconds=POLL_SECONDS):
        await queue.producer.submit(new())
        seen = []
        async with asyncio.timeout(60), queue.lookup.watch("J1") as changes:
            async for job in changes:
                seen.append(job.state)
                if job.state is JobState.RUNNING:
                    work.may_end.set()
    assert seen[-1] is JobState.COMPLETED


async def test_the_lack_of_channels_is_told_once_and_is_no_outage(mute, metrics):
    with capture_logs() as lines:
        async with looking_queue(mute, metrics) as queue:
            for number in range(3):
                told = asyncio.Event()
                async with queue.listener.subscribe(f"{keys.PREFIX}x{number}", lambda _, told=told: told.set()):
                    await told.wait()
            assert not queue.availability.is_down
    assert [line["event"] for line in lines if line["log_level"] != "info"] == ["channels.refused"]


async def test_channels_that_are_given_later_are_used(mute, metrics, admin):
    heard = asyncio.Queue()
    async with looking_queue(mute, metrics) as queue, queue.listener.subscribe(keys.WAKE, heard.put_nowait):
        assert await heard.get() is None
        admin.execute_command("ACL", "SETUSER", "mute", "allchannels")
        async with asyncio.timeout(60):
            while admin.publish(keys.WAKE, "1") == 0:
                await heard.get()
            while await heard.get() != b"1":
                pass
