"""How is a plain read made? It is counted, and repeated while Redis is away for a moment."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from watchsync import keys
from watchsync.job import Job
from watchsync.metrics import Metrics
from watchsync.queue.record import readable
from watchsync.redis_client import Client, until_answered


class Reads:
    """Reads of the queue's keys. Every one raises RedisUnavailable when Redis does not answer."""

    def __init__(self, client: Client, metrics: Metrics, *, patience_seconds: float) -> None:
        self._client = client
        self._metrics = metrics
        self._patience_seconds = patience_seconds

    async def once(self, command: Callable[[Client], Awaitable[Any]]) -> Any:
        """Send one reading command; return its answer as redis-py decodes it."""
        self._metrics.redis_commands.labels(call="read").inc()
        return await until_answered(lambda: command(self._client), self._patience_seconds)

    async def jobs(self, ids: Sequence[str]) -> list[Job]:
        """The jobs with these ids, in their order; those whose records are gone, or cannot be read, are left out."""
        if not ids:
            return []
        texts: Sequence[bytes | None] = await self.once(lambda client: client.hmget(keys.JOBS, list(ids)))
        return readable(texts)
