"""Is there memory for another job? Looks every few seconds, and has the browser replaced when it gets tight."""

import asyncio
from types import TracebackType
from typing import Self

from watchsync import logs
from watchsync.browser import memory
from watchsync.browser.memory import MemoryGuard, Pressure
from watchsync.browser.pool import Pool
from watchsync.metrics import Metrics

_LOOK_SECONDS = 5.0
_log = logs.get(__name__)


class Guard:
    """Watches the container's memory for the worker and the pool."""

    def __init__(self, pool: Pool, metrics: Metrics, limit_bytes: int) -> None:
        self._pool = pool
        self._metrics = metrics
        self._limit_bytes = limit_bytes
        self._decide = MemoryGuard(limit_bytes).pressure
        self._pressure = Pressure.NONE
        self._used_bytes = 0
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch(), name="memory guard")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watching:
            self._watching.cancel()

    def may_take(self) -> bool:
        """Whether another job may be taken."""
        return self._pressure is Pressure.NONE

    @property
    def sentence(self) -> str:
        """Use and limit for people."""
        return f"{self._used_bytes >> 20} of {self._limit_bytes >> 20} MiB"

    async def _watch(self) -> None:
        while True:
            self._used_bytes = await asyncio.to_thread(memory.used_bytes)
            before, self._pressure = self._pressure, self._decide(self._used_bytes)
            self._metrics.memory_used_ratio.set(self._used_bytes / self._limit_bytes)
            if self._pressure is not before:
                _log.warning("memory.pressure", pressure=self._pressure.value, memory=self.sentence)
            if self._pressure is Pressure.REPLACE_BROWSER:
                self._pool.retire("memory")
            await asyncio.sleep(_LOOK_SECONDS)
