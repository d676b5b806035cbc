"""Is there memory for another job? Looks every few seconds and does what the ladder says when memory is short."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

from watchsync import logs
from watchsync.browser import memory
from watchsync.metrics import Metrics
from watchsync.worker.memory_pressure import Ladder, Step

_LOOK_SECONDS = 5.0
_TIGHT_LOOK_SECONDS = 1.0
_log = logs.get(__name__)


class Browsers(Protocol):
    """What the guard asks of the pool."""

    @property
    def lent(self) -> int:
        """How many jobs use a browser."""

    def retire(self, reason: str) -> None:
        """Give the next job a new browser."""

    async def kill(self, reason: str) -> None:
        """End the browser now."""


class MemoryGuard:
    """Watches the container's memory for the worker and the pool."""

    def __init__(
        self,
        browsers: Browsers,
        metrics: Metrics,
        limit_bytes: int,
        *,
        read: Callable[[], int] = memory.used_bytes,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._browsers = browsers
        self._metrics = metrics
        self._limit_bytes = limit_bytes
        self._read = read
        self._clock = clock
        self._ladder = Ladder(limit_bytes)
        self._step = Step.NONE
        self._used_bytes = 0

    def may_take(self) -> bool:
        """Whether another job may be taken."""
        return self._step is Step.NONE

    @property
    def sentence(self) -> str:
        """Use and limit for people."""
        return f"{self._used_bytes >> 20} of {self._limit_bytes >> 20} MiB"

    async def watch(self, hand_back: Callable[[], Awaitable[None]], leave: Callable[[], None]) -> None:
        """Watch until cancelled, or until there is nothing left but to leave.

        ``hand_back`` ends the running jobs without an attempt, ``leave`` ends the process.
        """
        while True:
            step = await self.look()
            if step is Step.REPLACE_BROWSER:
                self._browsers.retire("memory")
            elif step is Step.HAND_BACK:
                await hand_back()
                await self._browsers.kill("memory")
            elif step is Step.LEAVE:
                leave()
                return
            await asyncio.sleep(_LOOK_SECONDS if step is Step.NONE else _TIGHT_LOOK_SECONDS)

    async def look(self) -> Step:
        """Read the memory in use, in a thread, and return what to do."""
        try:
            self._used_bytes = await asyncio.to_thread(self._read)
        except OSError as error:  # no descriptor left, say; the next look may go better
            _log.warning("memory_reading.failed", error=str(error))
            return self._step
        before = self._step
        self._step = self._ladder.step(self._used_bytes, is_idle=self._browsers.lent == 0, now=self._clock())
        self._metrics.memory_used_ratio.set(self._used_bytes / self._limit_bytes)
        if self._step is not before:
            _log.warning("memory_pressure.changed", step=self._step.value, memory=self.sentence)
        return self._step
