"""The bare bound: XADD, then XREADGROUP and XACK in batches. No record, no result, no owner, nothing is deleted."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from redis.exceptions import ResponseError
from ulid import ULID

from peers.driving import Do, Program, main
from watchsync.redis_client import Client, connect

_STREAM = "{bare}:stream"
_GROUP = "workers"


class _Asker:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def one(self, number: int) -> None:
        await self._client.execute_command("XADD", _STREAM, "*", "job", str(ULID()), "number", number)

    async def many(self, numbers: Sequence[int]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for number in numbers:
            pipeline.execute_command("XADD", _STREAM, "*", "job", str(ULID()), "number", number)
        await pipeline.execute()


@asynccontextmanager
async def _asking(url: str, _: argparse.Namespace) -> AsyncIterator[_Asker]:
    client = connect(url)
    yield _Asker(client)
    await client.aclose()


async def _work(url: str, options: argparse.Namespace, do: Do) -> None:
    client = connect(url)
    with suppress(ResponseError):
        await client.execute_command("XGROUP", "CREATE", _STREAM, _GROUP, "0", "MKSTREAM")
    consumer = f"w{os.getpid()}"
    read = ("XREADGROUP", "GROUP", _GROUP, consumer, "COUNT", options.concurrency, "BLOCK", 5000)
    while True:
        reply = await client.execute_command(*read, "STREAMS", _STREAM, ">")
        if not reply:
            continue
        entries = reply[0][1]
        await asyncio.gather(*(do(int(fields[b"number"])) for _, fields in entries))
        await client.execute_command("XACK", _STREAM, _GROUP, *(entry for entry, _ in entries))


async def _left(url: str) -> Callable[[], Awaitable[int]]:
    client = connect(url)

    async def count() -> int:
        group = (await client.xinfo_groups(_STREAM))[0]
        return int(group["pending"]) + int(group["lag"] or 0)

    return count


async def _result(_: str, __: int) -> str | None:
    return None


main(Program(_asking, _work, _left, _result))
