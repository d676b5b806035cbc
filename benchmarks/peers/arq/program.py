"""arq, with its defaults and a job's own id, so that its result can be found."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.constants import default_queue_name
from arq.jobs import Job
from arq.worker import Worker, func

from peers.driving import Do, Program, main


class _Asker:
    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool

    async def one(self, number: int) -> None:
        await self._pool.enqueue_job("job", number, _job_id=str(number))


@asynccontextmanager
async def _asking(url: str, _: argparse.Namespace) -> AsyncIterator[_Asker]:
    pool = await create_pool(RedisSettings.from_dsn(url))
    yield _Asker(pool)
    await pool.aclose()


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    """A worker that died is noticed when its job's time is over and ten seconds more have passed."""

    async def job(_: dict[Any, Any], number: int) -> str:
        return await do(number)

    worker = Worker(
        [func(job, name="job", keep_result=options.keep_seconds)],  # type: ignore[arg-type]
        redis_settings=RedisSettings.from_dsn(url),
        max_jobs=options.concurrency,
        job_timeout=options.lease_seconds or 300,
        max_tries=3,
        handle_signals=False,
    )
    await worker.main()


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    pool = await create_pool(RedisSettings.from_dsn(url))

    async def count() -> int:
        return int(await pool.zcard(default_queue_name))

    return count


async def _result(url: str, number: int) -> str | None:
    info = await Job(str(number), await create_pool(RedisSettings.from_dsn(url))).result_info()
    return str(info.result) if info else None


main(Program(_asking, _work, _left, _result))
