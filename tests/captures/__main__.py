"""Make the captures again: ``python -m captures`` reads each list of ``captures.lists`` from the stand-in sites."""

import asyncio
import os

from captures.lists import LISTS, file_of
from watchsync.cli.capture import captured
from watchsync.cli.wiring import with_redis, with_stand_ins
from watchsync.redis_client import connect
from watchsync.refs import ListRef

_LARGEST = 200_000


async def make() -> None:
    """Write each file; refuses one that is too large to be kept."""
    async with with_stand_ins(None) as stand_ins, with_redis(stand_ins) as given:
        client = connect(given.redis_url or "")
        for name, (slug, strategies, _) in LISTS.items():
            await client.flushall()  # no list finds a breaker that another one opened
            settings = given.model_copy(update={"imdb_strategies": strategies, "browser_mode": "shell"})
            file, outcome = await captured(ListRef.parse(slug), settings)
            assert len(file) <= _LARGEST, f"{name} has {len(file):,} bytes"
            file_of(name).write_bytes(file)
            print(f"{name}: {len(file):,} bytes, {outcome['outcome']}")
        await client.aclose()


os.environ.setdefault("WATCHSYNC_LOG_LEVEL", "error")
asyncio.run(make())
