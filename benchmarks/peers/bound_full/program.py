"""The full bound: one submit script, one read for a batch, one settle script a job."""

import argparse
import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from redis.exceptions import ResponseError
from ulid import ULID

from peers.driving import Do, Program, main
from watchsync.redis_client import Client, connect

_STREAM = "{full}:stream"
_ACTIVE = "{full}:active"
_GROUP = "workers"
_SUBMIT, _SETTLE = ((Path(__file__).parent / f"{name}.lua").read_text() for name in ("submit", "settle"))


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _submission(number: int) -> tuple[Any, ...]:
    job_id, ref = str(ULID()), f"ls{number:09}"
    record = orjson.dumps({"id": job_id, "ref": ref, "lane": "interactive", "state": "waiting", "attempts": 0})
    return "EVALSHA", _sha(_SUBMIT), 3, _STREAM, _ACTIVE, f"{{full}}:job:{job_id}", job_id, ref, record


class _Asker:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def one(self, number: int) -> None:
        await self._client.execute_command(*_submission(number))

    async def many(self, numbers: Sequence[int]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for number in numbers:
            pipeline.execute_command(*_submission(number))
        await pipeline.execute()


@asynccontextmanager
async def _asking(url: str, _: argparse.Namespace) -> AsyncIterator[_Asker]:
    client = connect(url)
    await client.script_load(_SUBMIT)
    yield _Asker(client)
    await client.aclose()


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    """With ``--form batch`` a batch's settle scripts leave in one pipeline; else each job settles on its own."""
    client = connect(url)
    await client.script_load(_SETTLE)
    consumer = f"w{os.getpid()}"

    async def serve(entry: bytes, fields: dict[bytes, bytes]) -> tuple[Any, ...]:
        job_id, ref = fields[b"job"].decode(), fields[b"list"].decode()
        result = await do(int(ref[2:]))
        names = (_STREAM, _ACTIVE, f"{{full}}:result:{ref}")
        return "EVALSHA", _sha(_SETTLE), 3, *names, _GROUP, consumer, entry, ref, job_id, result, options.keep_seconds

    async def serve_and_settle(entry: bytes, fields: dict[bytes, bytes]) -> None:
        await client.execute_command(*await serve(entry, fields))

    async for entries in _read(client, consumer, options.concurrency):
        if options.form == "single":
            await asyncio.gather(*(serve_and_settle(*entry) for entry in entries))
            continue
        pipeline = client.pipeline(transaction=False)
        for settle in await asyncio.gather(*(serve(*entry) for entry in entries)):
            pipeline.execute_command(*settle)
        await pipeline.execute()


async def _read(client: Client, consumer: str, count: int) -> AsyncIterator[list[Any]]:
    with suppress(ResponseError):
        await client.execute_command("XGROUP", "CREATE", _STREAM, _GROUP, "0", "MKSTREAM")
    read = ("XREADGROUP", "GROUP", _GROUP, consumer, "COUNT", count, "BLOCK", 5000, "STREAMS", _STREAM, ">")
    while True:
        if reply := await client.execute_command(*read):
            yield reply[0][1]


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    client = connect(url)

    async def count() -> int:
        return int(await client.xlen(_STREAM))

    return count


async def _result(url: str, number: int) -> str | None:
    kept = await connect(url).get(f"{{full}}:result:ls{number:09}")
    return kept.decode() if kept else None


main(Program(_asking, _work, _left, _result))
