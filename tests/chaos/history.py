"""What is known about a storm once it is over?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from chaos.notes import Note
from chaos.resp import Command
from watchsync import keys


@dataclass(frozen=True)
class Remains:
    """What is left in Redis at the end."""

    records: dict[str, str] = field(default_factory=dict)
    entries: int = 0
    pending: int = 0
    active: int = 0
    delayed: int = 0
    consumers: frozenset[str] = frozenset()
    busy_consumers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class History:
    """Everything that a checker may look at: notes of processes, every effect in Redis, and the end."""

    notes: Sequence[Note]
    steps: Iterable[Sequence[Command]]
    remains: Remains
    lease_seconds: float
    max_attempts: int


async def remains(client: Redis) -> Remains:
    """Read what is left."""
    entries = pending = 0
    names: set[str] = set()
    busy: set[str] = set()
    for stream in (keys.STREAM, keys.SCHEDULED):
        if not await client.exists(stream):
            continue
        entries += await client.xlen(stream)
        consumers: list[dict[str, Any]] = await client.xinfo_consumers(stream, keys.GROUP)
        pending += sum(consumer["pending"] for consumer in consumers)
        names |= {consumer["name"].decode() for consumer in consumers}
        busy |= {consumer["name"].decode() for consumer in consumers if consumer["pending"]}
    records = {job.decode(): text.decode() for job, text in (await client.hgetall(keys.JOBS)).items()}
    active, delayed = await client.hlen(keys.ACTIVE), await client.zcard(keys.DELAYED)
    return Remains(records, entries, pending, active, delayed, frozenset(names), frozenset(busy))
