"""A worker against a real queue: runs, keeps, hands back, stops."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from ulid import ULID

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import PrivateList, RedisUnavailable
from watchsync.job import Completed, Job, JobError, JobState, NewJob, Progress, RetryAt, Write
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef
from watchsync.worker.loop import Worker

RNG = random.Random(1)


class Runs:
    """Work that a test lets go on and end."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[Job] = asyncio.Queue()
        self.may_end = asyncio.Event()
        self.stopped: asyncio.Queue[Job] = asyncio.Queue()
        self.fails_with: Exception | None = None

    async def __call__(self, job: Job, report) -> Completed:
        report(Progress("reading", "Half way", 1, 2))
        self.started.put_nowait(job)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.stopped.put_nowait(job)
            raise
        if self.fails_with:
            raise self.fails_with
        return Completed((Write(keys.snapshot(job.ref), b"done", 60),), {"titles": 1})


class Late(Consumer):
    """Its answers arrive when a test lets them."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.is_answered = asyncio.Event()
        self.may_arrive = asyncio.Event()

    async def settle_and_take(self, *args, **options):
        handover = await super().settle_and_take(*args, **options)
        if handover.deliveries:
            self.is_answered.set()
            await self.may_arrive.wait()
        return handover


class Staff:
    """Hires workers on one Redis and sends them home."""

    def __init__(self, client, metrics) -> None:
        self._client, self._metrics = client, metrics

    @asynccontextmanager
    async def serving_queue(self, runs, name="w1", *, slots=2, lease=30.0, drain=5.0, deadline=60.0, kind=Consumer):
        stop = asyncio.Event()
        consumer = kind(self._client, self._metrics, consumer=name, lease_seconds=lease, max_attempts=3)
        async with Listener(self._client) as listener:
            self.consumer, self.listener = consumer, listener
            worker = Worker(
                consumer,
                listener,
                runs,
                self._metrics,
                slots=slots,
                deadline_seconds=deadline,
                drain_seconds=drain,
                rng=RNG,
            )
            self.running_worker = worker
            task = asyncio.create_task(worker.work(stop))
            try:
                yield stop
            finally:
                stop.set()
                await task


@pytest.fixture
def staff(client, metrics):
    return Staff(client, metrics)


@pytest.fixture
async def queue(client, metrics) -> AsyncIterator[Queue]:
    async with open_queue(client, metrics) as opened:
        yield opened


async def ask(queue, ref="ur1"):
    return (await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(ref)))).job


async def until(queue, job, state):
    async with queue.lookup.watch(job.id) as changes:
        async for seen in changes:
            if seen.state is state:
                return seen
    raise AssertionError(f"it ended as {seen.state}")


async def test_a_job_is_done_as_soon_as_it_is_asked_for(queue, staff, client):
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        job = await ask(queue)
        done = await until(queue, job, JobState.COMPLETED)
    assert (done.attempts, done.summary) == (1, {"titles": 1})
    assert await client.get(keys.snapshot(job.ref)) == b"done"


async def test_many_jobs_pass_through_few_slots(queue, staff):
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs, slots=3):
        jobs = [await ask(queue, f"ur{number}") for number in range(40)]
        for job in jobs:
            await until(queue, job, JobState.COMPLETED)


async def test_progress_reaches_who_watches(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs):
        job = await ask(queue)
        async with queue.lookup.watch(job.id) as changes:
            async for seen in changes:
                if seen.progress:
                    break
        runs.may_end.set()
    assert seen.progress == Progress("reading", "Half way", 1, 2)


async def test_a_private_list_ends_among_the_dead_at_once(queue, staff):
    runs = Runs()
    runs.fails_with = PrivateList()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        dead = await until(queue, await ask(queue), JobState.DEAD)
    assert (dead.attempts, dead.error.code) == (1, "private")


async def test_an_unexpected_fault_is_one_attempts_failure(queue, staff):
    runs = Runs()
    runs.fails_with = ZeroDivisionError()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        delayed = await until(queue, await ask(queue), JobState.DELAYED)
    assert delayed.error.code == "unexpected"


async def test_a_job_past_its_deadline_is_stopped_and_tried_again(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, deadline=0.05):
        delayed = await until(queue, await ask(queue), JobState.DELAYED)
    assert delayed.error.code == "page-timeout"
    assert runs.stopped.qsize() == 1


async def test_cancelling_stops_the_work(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs):
        job = await ask(queue)
        await runs.started.get()
        await queue.producer.cancel(job.id)
        assert (await runs.stopped.get()).id == job.id
    assert (await queue.lookup.get(job.id)).state is JobState.CANCELLED


async def test_a_job_that_is_cancelled_on_its_way_to_the_worker_is_not_begun(queue, staff):
    runs = Runs()
    runs.may_end.set()
    heard: asyncio.Queue[bytes | None] = asyncio.Queue()
    async with staff.serving_queue(runs, kind=Late), staff.listener.subscribe(keys.CONTROL, heard.put_nowait):
        job = await ask(queue, "ur1")
        await staff.consumer.is_answered.wait()
        await queue.producer.cancel(job.id)
        while await heard.get() is None:
            continue
        staff.consumer.may_arrive.set()
        other = await ask(queue, "ur2")
        await until(queue, other, JobState.COMPLETED)
    assert runs.started.get_nowait().id == other.id
    assert runs.started.empty()


async def test_a_job_that_is_cancelled_while_it_waits_or_is_delayed_is_never_run(queue, staff, client, metrics):
    consumer = SteeredConsumer(client, metrics, consumer="w0", lease_seconds=30, max_attempts=3)

    async def delayed(ref, seconds):
        job = await ask(queue, ref)
        await consumer.settle((await consumer.take(1)).deliveries[0], RetryAt(seconds, JobError("busy", "Later.")))
        return job

    early, late = await delayed("ur1", 0.1), await delayed("ur2", 0.2)
    waiting = await ask(queue, "ur3")
    for job in (early, waiting):
        await queue.producer.cancel(job.id)
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        await until(queue, late, JobState.COMPLETED)
    assert [runs.started.get_nowait().id for _ in range(runs.started.qsize())] == [late.id]
    assert {(await queue.lookup.get(job.id)).state for job in (early, waiting)} == {JobState.CANCELLED}


async def test_a_shutdown_lets_a_running_job_end(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs) as stop:
        job = await ask(queue)
        await runs.started.get()
        stop.set()
        runs.may_end.set()
    assert (await queue.lookup.get(job.id)).state is JobState.COMPLETED


async def test_a_shutdown_hands_back_what_takes_too_long_without_an_attempt(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, drain=0):
        job = await ask(queue)
        await runs.started.get()
    waiting = await queue.lookup.get(job.id)
    assert (waiting.state, waiting.attempts) == (JobState.WAITING, 0)
    runs.may_end.set()
    async with staff.serving_queue(runs, "w2"):
        assert (await until(queue, job, JobState.COMPLETED)).attempts == 1


async def test_a_worker_in_a_hurry_hands_back_at_once_what_would_have_had_time(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, drain=60) as stop:
        job = await ask(queue)
        await runs.started.get()
        stop.set()
        while not staff.running_worker.is_draining:
            await asyncio.sleep(0)
        staff.running_worker.stop_now()
    waiting = await queue.lookup.get(job.id)
    assert (waiting.state, waiting.attempts) == (JobState.WAITING, 0)


async def test_a_worker_in_a_hurry_takes_nothing_more_before_it_is_stopped(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, drain=60):
        job = await ask(queue)
        await runs.started.get()
        staff.running_worker.stop_now()
        handed_back = await until(queue, job, JobState.WAITING)
    assert handed_back.attempts == 0
    assert (await queue.lookup.get(job.id)).state is JobState.WAITING


async def test_a_stopping_worker_takes_nothing_new(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs) as stop:
        await ask(queue, "ur1")
        await runs.started.get()
        stop.set()
        late = await ask(queue, "ur2")
        runs.may_end.set()
    assert (await queue.lookup.get(late.id)).state is JobState.WAITING


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
