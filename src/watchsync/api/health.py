"""Is the API well? Redis is asked seldom while nothing happens, since a plan may bill by command."""

import resource
from time import monotonic

from watchsync.errors import RedisAway
from watchsync.origin.breaker import Breaker, State
from watchsync.origin.watching import Breakers
from watchsync.probes import Check, Report, Status
from watchsync.queue.queue import Depth, Queue

_IDLE_SECONDS = 180.0
_BUSY_SECONDS = 10.0
_AWAY_SECONDS = 2.0


class Health:
    """What ``/health`` says; looking at the queue's depth is also the sign of life of Redis."""

    def __init__(self, queue: Queue, breakers: Breakers) -> None:
        self._queue = queue
        self._breakers = breakers
        self._seen: dict[str, Breaker] = {}
        self._depth: Depth | None = None
        self._look_again = 0.0

    async def __call__(self) -> Report:
        """All checks of this process."""
        if monotonic() >= self._look_again:
            await self._look()
        is_well = self._depth is not None
        checks = [
            Check("redis", Status.HEALTHY if is_well else Status.UNHEALTHY, "healthy" if is_well else "unhealthy"),
            Check("memory", Status.HEALTHY, f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most"),
        ]
        if self._depth:
            depth = self._depth
            counts = {"waiting": depth.waiting, "delayed": depth.delayed, "running": depth.running, "dead": depth.dead}
            checks.append(Check("queue", Status.HEALTHY, counts))
            checks.append(self._imdb())
        return Report(tuple(checks), ready=is_well)

    def _imdb(self) -> Check:
        """Whether the preferred way to IMDb is open; where it is not, the catalogs are served on as they are."""
        is_open = all(breaker.state is State.CLOSED for breaker in list(self._seen.values())[:1])
        told = {name: breaker.sentence for name, breaker in self._seen.items()}
        return Check("imdb", Status.HEALTHY if is_open else Status.DEGRADED, told)

    async def _look(self) -> None:
        try:
            self._depth = await self._queue.depth()
            self._seen = await self._breakers.look()
        except RedisAway:
            self._depth = None
            self._look_again = monotonic() + _AWAY_SECONDS
        else:
            is_busy = self._depth.waiting + self._depth.running + self._depth.delayed > 0
            self._look_again = monotonic() + (_BUSY_SECONDS if is_busy else _IDLE_SECONDS)
