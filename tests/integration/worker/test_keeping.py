"""How a worker keeps its jobs, takes over those of the dead, and lives through a dead Redis."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from staff import Runs, Staff, ask, until
from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import RedisUnavailable
from watchsync.job import Completed, JobState
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect


async def test_a_worker_whose_lease_was_lost_stops_the_work(queue, staff, client):
    runs = Runs()
    async with staff.serving_queue(runs, lease=0.3):
        job = await ask(queue)
        await runs.started.get()
        thief = SteeredConsumer(client, staff._metrics, consumer="thief", lease_seconds=0, max_attempts=3)
        await client.hdel(keys.CLOCKS, "leases")
        taken = (await thief.take(1)).deliveries[0]
        assert (await runs.stopped.get()).id == job.id
    await thief.settle(taken, Completed(), patience_seconds=1)
    assert (await queue.lookup.get(job.id)).attempts == 2


async def test_a_job_that_outlasts_its_lease_is_kept_by_renewal(queue, staff, client):
    runs = Runs()
    async with staff.serving_queue(runs, lease=4.0):
        job = await ask(queue)
        await runs.started.get()
        for _ in range(2):
            before = (await client.info("commandstats"))["cmdstat_xclaim"]["calls"]
            while (await client.info("commandstats"))["cmdstat_xclaim"]["calls"] == before:
                await asyncio.sleep(0.02)
        other = SteeredConsumer(client, staff._metrics, consumer="w2", lease_seconds=4.0, max_attempts=3)
        assert (await other.take(1)).deliveries == ()
        runs.may_end.set()
        assert (await until(queue, job, JobState.COMPLETED)).attempts == 1


async def test_a_worker_that_was_idle_takes_over_what_a_dead_one_left(queue, staff, client, metrics):
    dead = SteeredConsumer(client, metrics, consumer="dead", lease_seconds=0.3, max_attempts=3)
    runs = Runs()
    runs.may_end.set()
    job = await ask(queue)
    await dead.take(1)
    async with staff.serving_queue(runs, lease=0.3):
        done = await until(queue, job, JobState.COMPLETED)
    assert [entry.outcome for entry in done.history] == ["lost", "completed"]


async def test_a_worker_lives_through_a_killed_redis(own_redis, metrics):
    client = connect(own_redis.url)
    runs = Runs()
    async with open_queue(client, metrics) as queue, Staff(client, metrics).serving_queue(runs):
        job = await ask(queue)
        await runs.started.get()
        own_redis.kill()
        runs.may_end.set()
        with pytest.raises(RedisUnavailable):
            await queue.gauges.depth()
        own_redis.start()
        assert (await until(queue, job, JobState.COMPLETED)).attempts == 1
        second = await ask(queue, "ur2")
        await until(queue, second, JobState.COMPLETED)
    await client.aclose()


async def test_an_outcome_that_redis_cannot_record_costs_one_job_and_not_the_others(queue, staff, client, metrics):
    class Poisoning(Runs):
        async def __call__(self, job, report):
            done = await super().__call__(job, report)
            seconds = 0 if str(job.ref) == "ur1" and job.attempts == 1 else 60  # SET refuses a lifetime of 0
            return replace(done, writes=tuple(replace(write, ttl_seconds=seconds) for write in done.writes))

    runs = Poisoning()
    with capture_logs() as lines:
        async with staff.serving_queue(runs, slots=3):
            poisoned, *others = [await ask(queue, f"ur{number}") for number in range(1, 4)]
            for _ in range(3):
                await runs.started.get()
            runs.may_end.set()
            for job in others:
                assert (await until(queue, job, JobState.COMPLETED)).attempts == 1
            failed = await until(queue, poisoned, JobState.DELAYED)
    assert [(entry.outcome, entry.error.code) for entry in failed.history] == [("retry", "unrecordable")]
    assert [line["job"] for line in lines if line["event"] == "outcome.abandoned"] == [poisoned.id]


async def test_an_idle_worker_sends_nothing(queue, staff, client):
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        await until(queue, await ask(queue), JobState.COMPLETED)
        before = 0
        while (sent := await commands(client)) != before:  # who polls never comes to rest
            before = sent
            await asyncio.sleep(0.1)


async def commands(client):
    stats = await client.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "eval", "ping"))
