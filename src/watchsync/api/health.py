"""Is the API well? Whether Redis is there costs no command to know; the queue is counted when it may have changed."""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from watchsync import keys
from watchsync.errors import RedisUnavailable
from watchsync.origin.breaker_monitor import BreakerMonitor, Sites
from watchsync.origin.circuit_breaker import BreakerState
from watchsync.probes import Check, HealthReport, Status
from watchsync.queue.gauges import Depth
from watchsync.queue.queue import Queue

_LEAST_SECONDS = 10.0
_MOST_SECONDS = 900.0
_PATIENCE_SECONDS = 0.5


class Health:
    """What ``/health`` says, and what keeps the queue's gauges current: 288 commands a day while nothing happens.

    The queue is counted, if anybody asks, after something was put into it; every ten seconds while a job waits
    to be taken; ever more seldom while jobs run or are delayed. The breakers are looked at together with it. Nobody who
    asks waits long for a Redis that hangs: what was last seen is told then.
    """

    def __init__(
        self,
        queue: Queue,
        breakers: BreakerMonitor,
        *,
        clock: Callable[[], float] = monotonic,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._queue = queue
        self._breakers = breakers
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._sites = Sites()
        self._depth: Depth | None = None
        self._has_changed = True
        self._looked = float("-inf")
        self._pause_seconds = _LEAST_SECONDS
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listening(self, _: object) -> AsyncIterator[None]:
        """Hear of changes while inside; the open subscription also shows whether Redis is there."""
        async with self._queue.listener.subscribe(keys.WAKE, self._note_change):
            try:
                yield
            finally:
                if self._looking is not None:
                    self._looking.cancel()

    async def __call__(self) -> HealthReport:
        """All checks of this process."""
        availability = self._queue.availability
        if not availability.is_down and self._is_due() and self._looking is None:
            self._looking = asyncio.create_task(self._look())
        if self._looking is not None:
            await asyncio.wait({self._looking}, timeout=self._patience_seconds)
        checks = [
            Check("redis", *(_WELL if availability.is_up else (Status.UNHEALTHY, "unhealthy"))),
            Check("memory", Status.HEALTHY, f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most"),
        ]
        if self._depth and availability.is_up:
            depth = self._depth
            counts = {name: getattr(depth, name) for name in ("waiting", "delayed", "running", "dead", "quarantined")}
            checks.append(Check("queue", Status.HEALTHY, counts))
            checks.append(self._imdb())
        return HealthReport(tuple(checks), ready=availability.is_up)

    def _note_change(self, _: bytes | None) -> None:
        self._has_changed = True

    def _is_due(self) -> bool:
        since = self._clock() - self._looked
        return since >= (_LEAST_SECONDS if self._has_changed else self._pause_seconds)

    def _imdb(self) -> Check:
        """Whether the preferred way to IMDb is open; where it is not, the catalogs are served on as they are."""
        breakers = self._sites.breakers
        is_open = all(breaker.state is BreakerState.CLOSED for breaker in list(breakers.values())[:1])
        told = {name: breaker.sentence for name, breaker in breakers.items()}
        return Check("imdb", Status.HEALTHY if is_open else Status.DEGRADED, {**told, "used": self._sites.used})

    async def _look(self) -> None:
        before, self._has_changed = self._has_changed, False
        self._looked = self._clock()
        try:
            depth = await self._queue.gauges.depth()
            self._sites = await self._breakers.look()
        except RedisUnavailable:
            self._has_changed = True
            self._looked = float("-inf")
            return
        finally:
            self._looking = None
        self._depth = depth
        if depth.waiting or (before and depth.running + depth.delayed):
            self._pause_seconds = _LEAST_SECONDS
        elif depth.running + depth.delayed:
            self._pause_seconds = min(self._pause_seconds * 2, _MOST_SECONDS)
        else:
            self._pause_seconds = _MOST_SECONDS


_WELL = (Status.HEALTHY, "healthy")
