"""docket, with its defaults and a job's own key, so that its result can be found."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from docket import Docket, Worker
from redis.asyncio import Redis

from peers.driving import Do, Program, main


def _docket(url: str, keep_seconds: int = 86_400) -> Docket:
    return Docket(name="docket", url=url, execution_ttl=timedelta(seconds=keep_seconds))


async def job(number: int) -> str:
    """Stand where the worker's own function is, for those who ask."""
    return str(number)


class _Asker:
    def __init__(self, docket: Docket) -> None:
        self._docket = docket

    async def one(self, number: int) -> None:
        await self._docket.add(job, key=str(number))(number)

    async def many(self, numbers: Sequence[int]) -> None:
        await self._docket.add_many([self._docket.call(job, key=str(number))(number) for number in numbers])


@asynccontextmanager
async def _asking(url: str, options: argparse.Namespace) -> AsyncIterator[_Asker]:
    async with _docket(url, options.keep_seconds) as docket:
        yield _Asker(docket)


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    async def serve(number: int) -> str:
        return await do(number)

    own: dict[str, Any] = {}
    if options.lease_seconds:
        own["redelivery_timeout"] = timedelta(seconds=options.lease_seconds)
    async with _docket(url, options.keep_seconds) as docket:
        docket.register(serve, names=["job"])
        async with Worker(docket, concurrency=options.concurrency, **own) as worker:
            await worker.run_forever()


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    client = Redis.from_url(url)
    docket = _docket(url)

    async def count() -> int:
        return int(await client.xlen(docket.stream_key)) + int(await client.zcard(docket.queue_key))

    return count


async def _result(url: str, number: int) -> str | None:
    async with _docket(url) as docket:
        docket.register(job)
        execution = await docket.get_execution(str(number))
        return str(await execution.get_result(timeout=timedelta(seconds=1))) if execution else None


main(Program(_asking, _work, _left, _result))
