"""watchsync itself, with everything on: record, lease, fence, events, single-flight and a stored result."""

import argparse
import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from ulid import ULID

from peers.driving import Do, Program, main
from watchsync import keys, logs
from watchsync.job import Completed, Job, NewJob, Write
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.queue.queue import Queue, open_queue
from watchsync.queue.retention import Retention
from watchsync.redis_client import connect
from watchsync.refs import ListKind, ListRef
from watchsync.worker.loop import Worker


def _new(number: int) -> NewJob:
    return NewJob(id=str(ULID()), ref=_ref(number))


def _ref(number: int) -> ListRef:
    """A list of its own for each job, so that none joins another."""
    return ListRef(ListKind.LIST, f"ls{number:09}")


class _Asker:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def one(self, number: int) -> None:
        await self._queue.producer.submit(_new(number))

    async def many(self, numbers: Sequence[int]) -> None:
        await asyncio.gather(*(self.one(number) for number in numbers))


@asynccontextmanager
async def _asking(url: str, options: argparse.Namespace) -> AsyncIterator[_Asker]:
    client = connect(url)
    async with open_queue(client, Metrics(), retention=Retention(finished_seconds=options.keep_seconds)) as queue:
        yield _Asker(queue)
    await client.aclose()


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    logs.configure("warning", "json")
    metrics = Metrics()
    client = connect(url)

    async def run(job: Job, _: object) -> Completed:
        result = await do(int(job.ref.id[2:]))
        return Completed((Write(keys.snapshot(job.ref), result.encode(), options.keep_seconds),))

    consumer = Consumer(
        client,
        metrics,
        consumer=f"bench-{os.getpid()}",
        lease_seconds=options.lease_seconds or 30,
        max_attempts=3,
        retention=Retention(finished_seconds=options.keep_seconds),
    )
    async with Listener(client) as listener:
        worker = Worker(
            consumer,
            listener,
            run,
            metrics,
            slots=options.concurrency,
            deadline_seconds=300,
            drain_seconds=25,
            rng=random.Random(),
        )
        await worker.work(asyncio.Event())


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    client = connect(url)
    streams = (keys.STREAM, keys.SCHEDULED)

    async def count() -> int:
        return sum([await client.xlen(stream) for stream in streams]) + await client.zcard(keys.DELAYED)

    return count


async def _result(url: str, number: int) -> str | None:
    kept = await connect(url).get(keys.snapshot(_ref(number)))
    return kept.decode() if kept else None


main(Program(_asking, _work, _left, _result))
