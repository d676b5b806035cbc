"""The app on a real Redis, asked over loopback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from aiohttp import web

from builders import reading
from steered_consumer import SteeredConsumer
from watchsync.api.app import create_app
from watchsync.catalog.store import SnapshotStore
from watchsync.http.connections import Connections, Limits
from watchsync.http.server import serving
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

    async def put(*, age_hours: float = 0, titles: int = 3, **more: Any) -> Snapshot:
        fetched = datetime.now(UTC) - timedelta(hours=age_hours)
        snapshot = Snapshot(reading=reading(titles), fetched_at=fetched, **more)
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


@dataclass
class Served:
    """The API as it is really served: its port, what watches its connections, and its app."""

    port: int
    connections: Connections
    app: web.Application


@pytest.fixture
async def served(client, metrics, queue):
    """Serve the API with some settings on a port of its own."""
    async with AsyncExitStack() as stack:

        async def serve(limits: Limits | None = None, clock=monotonic, bind: str = "127.0.0.1", **given) -> Served:
            settings = load(**given)
            breakers = BreakerMonitor(client, hosts(settings))
            app = create_app(settings, metrics, queue, SnapshotStore(client), breakers)
            connections = Connections(settings.trusted_proxies, limits, clock)
            runner = await stack.enter_async_context(serving(app, bind, 0, connections))
            return Served(runner.addresses[0][1], connections, app)

        yield serve
