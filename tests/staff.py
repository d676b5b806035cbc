"""Work that a test lets go on and end, and workers that do it."""

import asyncio
import random
from contextlib import asynccontextmanager

from ulid import ULID

from watchsync import keys
from watchsync.job import Completed, Job, NewJob, Progress, Write
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
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


async def ask(queue, ref="ur1"):
    return (await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(ref)))).job


async def until(queue, job, state):
    async with queue.lookup.watch(job.id) as changes:
        async for seen in changes:
            if seen.state is state:
                return seen
    raise AssertionError(f"it ended as {seen.state}")
