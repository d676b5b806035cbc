"""A queue, and workers of it that tests steer by hand."""

from collections.abc import AsyncIterator, Callable

import pytest
from ulid import ULID

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.job import Delivery, Lane, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.producer import Submitted
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import Client
from watchsync.refs import ListRef

Hire = Callable[..., SteeredConsumer]


@pytest.fixture
async def queue(client: Client, metrics: Metrics) -> AsyncIterator[Queue]:
    async with open_queue(client, metrics) as opened:
        yield opened


@pytest.fixture
def hire(client: Client, metrics: Metrics) -> Hire:
    """Make a consumer for a named consumer."""

    def make(consumer: str = "w1", *, lease_seconds: float = 30, max_attempts: int = 3) -> SteeredConsumer:
        return SteeredConsumer(
            client, metrics, consumer=consumer, lease_seconds=lease_seconds, max_attempts=max_attempts
        )

    return make


@pytest.fixture
def submit(queue: Queue) -> Callable[..., object]:
    """Submit a job for a list."""

    async def ask(ref: str = "ur1", lane: Lane = Lane.INTERACTIVE, *, force: bool = False) -> Submitted:
        return await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(ref), lane=lane, force=force))

    return ask


@pytest.fixture
def expire_leases(client: Client) -> Callable[[Delivery], object]:
    """Make a delivery's lease run out now, as if its worker had been silent for an hour."""

    async def silence(delivery: Delivery) -> None:
        for stream in (keys.STREAM, keys.SCHEDULED):
            for entry in await client.xpending_range(stream, keys.GROUP, "-", "+", 1000):
                await client.xclaim(
                    stream,
                    keys.GROUP,
                    entry["consumer"],
                    0,
                    [entry["message_id"]],
                    idle=3_600_000,
                    justid=True,
                )
        await client.hdel(keys.CLOCKS, "leases")

    return silence
