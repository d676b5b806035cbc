"""streaQ, with its defaults and a job's own id, so that its result can be found."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from streaq import Worker

from peers.driving import Do, Program, main


class _Asker:
    def __init__(self, worker: Worker[Any]) -> None:
        self._worker = worker

    async def one(self, number: int) -> None:
        await self._task(number)

    async def many(self, numbers: Sequence[int]) -> None:
        await self._worker.enqueue_many([self._task(number) for number in numbers])

    def _task(self, number: int) -> Any:
        task = self._worker.enqueue_unsafe("job", number)
        task.id = str(number)
        return task


@asynccontextmanager
async def _asking(url: str, _: argparse.Namespace) -> AsyncIterator[_Asker]:
    worker: Worker[Any] = Worker(redis_url=url)
    async with worker:
        yield _Asker(worker)


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    worker: Worker[Any] = Worker(
        redis_url=url,
        concurrency=options.concurrency,
        idle_timeout=options.lease_seconds or 60,
        handle_signals=False,
    )

    @worker.task(name="job", ttl=options.keep_seconds, silent=True)
    async def job(number: int) -> str:
        return await do(number)

    await worker.run_async()


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    worker: Worker[Any] = Worker(redis_url=url)
    await worker.__aenter__()
    return worker.queue_size


async def _result(url: str, number: int) -> str | None:
    worker: Worker[Any] = Worker(redis_url=url)
    await worker.__aenter__()
    try:
        return str((await worker.result_by_id(str(number), timeout=1)).result)
    except TimeoutError:
        return None


main(Program(_asking, _work, _left, _result))
