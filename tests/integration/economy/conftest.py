"""A meter before a Redis that is empty."""

from collections.abc import AsyncIterator

import pytest

from command_meter import Meter
from watchsync.queue.scripts import SCRIPTS
from watchsync.redis_client import Client


@pytest.fixture
async def meter(redis_url: str, client: Client) -> AsyncIterator[Meter]:
    """A meter before an empty Redis that knows the queue's scripts, as any does after its first minute."""
    for script in SCRIPTS.values():
        await client.script_load(script.text)
    async with Meter(redis_url).open() as opened:
        yield opened
