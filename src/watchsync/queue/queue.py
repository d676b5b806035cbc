"""What does a process that asks the queue hold? Opened once, closed with the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from watchsync.availability import RedisAvailability
from watchsync.metrics import Metrics
from watchsync.queue.admission import OPEN, Admission
from watchsync.queue.dead_letters import DeadLetters
from watchsync.queue.gauges import Gauges
from watchsync.queue.listener import Listener
from watchsync.queue.lookup import Lookup
from watchsync.queue.producer import Producer
from watchsync.queue.reads import Reads
from watchsync.queue.retention import RETENTION, Retention
from watchsync.queue.scripts import Scripts
from watchsync.redis_client import Client

_PATIENCE_SECONDS = 2.0
"""How long a request waits for a Redis that is away; then the asker is told."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The parts of the queue that askers use; workers use `consumer.Consumer` instead."""

    producer: Producer
    lookup: Lookup
    dead_letters: DeadLetters
    gauges: Gauges
    listener: Listener
    availability: RedisAvailability
    """Whether Redis is there, as this process's commands show it."""

    @classmethod
    def on(
        cls, client: Client, metrics: Metrics, *, retention: Retention = RETENTION, admission: Admission = OPEN
    ) -> Self:
        """The parts on one client. Only `Lookup.watch` needs the listener to be running (see `open_queue`)."""
        scripts = Scripts(client, metrics, retention=retention, patience_seconds=_PATIENCE_SECONDS)
        reads = Reads(client, metrics, patience_seconds=_PATIENCE_SECONDS)
        listener = Listener(client)
        return cls(
            Producer(scripts, metrics, admission),
            Lookup(reads, listener),
            DeadLetters(scripts, reads, metrics),
            Gauges(scripts, metrics),
            listener,
            client.availability,
        )


@asynccontextmanager
async def open_queue(
    client: Client, metrics: Metrics, *, retention: Retention = RETENTION, admission: Admission = OPEN
) -> AsyncIterator[Queue]:
    """The queue with its listener running while inside. Redis may be away."""
    queue = Queue.on(client, metrics, retention=retention, admission=admission)
    async with queue.listener:
        yield queue
