"""SAQ, with its defaults; three attempts, since with one a lost job never runs again."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from saq import Queue, Worker

from peers.driving import Do, Program, main


class _Asker:
    def __init__(self, queue: Queue, options: argparse.Namespace) -> None:
        self._queue = queue
        self._settings = {"retries": 3, "ttl": options.keep_seconds}
        if options.lease_seconds:
            self._settings["timeout"] = int(options.lease_seconds)

    async def one(self, number: int) -> None:
        await self._queue.enqueue("job", key=str(number), number=number, **self._settings)


@asynccontextmanager
async def _asking(url: str, options: argparse.Namespace) -> AsyncIterator[_Asker]:
    queue = Queue.from_url(url)
    await queue.connect()
    yield _Asker(queue, options)
    await queue.disconnect()


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    """With a lease, lost jobs are looked for every second instead of every minute."""

    async def job(_: dict[Any, Any], *, number: int) -> str:
        return await do(number)

    queue = Queue.from_url(url)
    await queue.connect()
    timers: Any = {"sweep": 1} if options.lease_seconds else None
    await Worker(queue, [("job", job)], concurrency=options.concurrency, timers=timers).start()


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    queue = Queue.from_url(url)

    async def count() -> int:
        return await queue.count("incomplete")

    return count


async def _result(url: str, number: int) -> str | None:
    job = await Queue.from_url(url).job(str(number))
    return str(job.result) if job and job.result is not None else None


main(Program(_asking, _work, _left, _result))
