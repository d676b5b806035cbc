"""Workers with connections of their own, and work that ends when a test lets it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchsync.job import Completed, Job
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import POLL_SECONDS, Listener
from watchsync.redis_client import connect
from watchsync.worker.attempt import Run
from watchsync.worker.loop import Worker


class BlockedWork:
    """Work that ends once ``may_end`` is set."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[str] = asyncio.Queue()
        self.stopped: asyncio.Queue[str] = asyncio.Queue()
        self.may_end = asyncio.Event()

    async def __call__(self, job: Job, _: object) -> Completed:
        self.started.put_nowait(job.id)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.stopped.put_nowait(job.id)
            raise
        return Completed()


@asynccontextmanager
async def running_worker(
    url: str,
    run: Run,
    name: str = "w1",
    *,
    slots: int = 2,
    lease_seconds: float = 30,
    poll_seconds: float = POLL_SECONDS,
) -> AsyncIterator[None]:
    """A worker on the Redis at ``url``; on exit it hands back what still runs."""
    client = connect(url)
    metrics = Metrics()
    stop = asyncio.Event()
    async with Listener(client, poll_seconds=poll_seconds) as listener:
        consumer = Consumer(client, metrics, consumer=name, lease_seconds=lease_seconds, max_attempts=3)
        rng = random.Random(1)
        worker = Worker(consumer, listener, run, metrics, slots=slots, deadline_seconds=60, drain_seconds=0, rng=rng)
        serve_worker = asyncio.create_task(worker.work(stop))
        try:
            yield
        finally:
            stop.set()
            await serve_worker
    await client.aclose()
