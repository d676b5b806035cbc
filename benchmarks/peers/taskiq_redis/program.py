"""taskiq-redis with its broker on streams, with results, else with its defaults."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from taskiq.api import run_receiver_task
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from peers.driving import Do, Program, main

_STREAM = "taskiq"


def _broker(url: str, options: argparse.Namespace) -> RedisStreamBroker:
    """With a lease, a job that was not acknowledged is given to another after so long, and a lock left behind too."""
    lease = options.lease_seconds
    own: dict[str, Any] = {"idle_timeout": int(lease * 1000), "unacknowledged_lock_timeout": lease} if lease else {}
    broker = RedisStreamBroker(url, queue_name=_STREAM, **own)
    return broker.with_result_backend(RedisAsyncResultBackend(url, result_ex_time=options.keep_seconds))


class _Asker:
    def __init__(self, job: Any) -> None:
        self._job = job

    async def one(self, number: int) -> None:
        await self._job.kicker().with_task_id(str(number)).kiq(number)


@asynccontextmanager
async def _asking(url: str, options: argparse.Namespace) -> AsyncIterator[_Asker]:
    broker = _broker(url, options)

    @broker.task(task_name="job")
    async def job(number: int) -> str:
        return str(number)

    await broker.startup()
    yield _Asker(job)
    await broker.shutdown()


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    broker = _broker(url, options)

    @broker.task(task_name="job")
    async def job(number: int) -> str:
        return await do(number)

    await run_receiver_task(broker, max_async_tasks=options.concurrency, run_startup=True)


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    client = Redis.from_url(url)

    async def count() -> int:
        group = (await client.xinfo_groups(_STREAM))[0]
        return int(group["pending"]) + int(group["lag"] or 0)

    return count


async def _result(url: str, number: int) -> str | None:
    backend: RedisAsyncResultBackend[str] = RedisAsyncResultBackend(url)
    if not await backend.is_result_ready(str(number)):
        return None
    return str((await backend.get_result(str(number))).return_value)


main(Program(_asking, _work, _left, _result))
