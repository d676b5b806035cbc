"""The app on a real Redis, asked over loopback."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from builders import reading
from steered_consumer import SteeredConsumer
from watchsync.api.app import create_app
from watchsync.catalog.store import SnapshotStore
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import BreakerMonitor, hosts
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import Client, connect
from watchsync.settings import load
from watchsync.snapshot import Snapshot

TOKENS = "reader:jobs-read:r-secret-of-16-chars,writer:jobs-read+jobs-write:w-secret-of-16-chars"


@pytest.fixture
async def queue(client: Client, metrics: Metrics) -> AsyncIterator[Queue]:
    async with open_queue(client, metrics) as opened:
        yield opened


@pytest.fixture
def consumer(client: Client, metrics: Metrics) -> SteeredConsumer:
    return SteeredConsumer(client, metrics, consumer="w1", lease_seconds=30, max_attempts=3)


@pytest.fixture
def opened(client, metrics, queue, aiohttp_client):
    """Open the API with some settings."""

    async def make(**given):
        settings = load(**given)
        breakers = BreakerMonitor(client, hosts(settings))
        return await aiohttp_client(create_app(settings, metrics, queue, SnapshotStore(client), breakers))

    return make


@pytest.fixture
async def api(opened):
    return await opened()


@pytest.fixture
async def guarded(opened):
    """The API with tokens."""
    return await opened(api_tokens=TOKENS)


@pytest.fixture
def store_snapshot(client):
    """Put a snapshot of ur1 into Redis."""

    async def put(*, age_hours: float = 0, titles: int = 3) -> Snapshot:
        fetched = datetime.now(UTC) - timedelta(hours=age_hours)
        snapshot = Snapshot(reading=reading(titles), fetched_at=fetched)
        for write in await SnapshotStore(client).writes(snapshot):
            await client.set(write.key, write.value)
        return snapshot

    return put


@pytest.fixture
async def lonely(metrics, aiohttp_client, tmp_path):
    """An API whose Redis is nowhere."""
    client = connect(f"unix://{tmp_path}/nobody")
    async with open_queue(client, metrics) as queue:
        yield await aiohttp_client(
            create_app(load(), metrics, queue, SnapshotStore(client), BreakerMonitor(client, {}))
        )
    await client.aclose()
