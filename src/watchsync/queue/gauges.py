"""How much is there to do?"""

from dataclasses import dataclass
from time import monotonic

from watchsync.metrics import Metrics
from watchsync.queue.scripts import Scripts


@dataclass(frozen=True, slots=True)
class Depth:
    """How many jobs are in each unfinished state, the age of the oldest waiting one, and how many could not be read."""

    waiting: int
    delayed: int
    running: int
    dead: int
    oldest_waiting_seconds: float
    quarantined: int = 0


class Gauges:
    """Counts the queue, for whoever asks and for the metrics."""

    def __init__(self, scripts: Scripts, metrics: Metrics) -> None:
        self._scripts = scripts
        self._metrics = metrics

    async def depth(self) -> Depth:
        """Count the jobs and set the gauges; raises RedisUnavailable."""
        found = await self._scripts.depth()
        depth = Depth(
            found.waiting,
            found.delayed,
            found.running,
            found.dead,
            found.oldest_waiting_ms / 1000,
            found.quarantined,
        )
        for state in ("waiting", "delayed", "running", "dead", "quarantined"):
            self._metrics.queue_jobs.labels(state=state).set(getattr(depth, state))
        seen = monotonic() - depth.oldest_waiting_seconds
        self._metrics.oldest_waiting_seconds.set_function(lambda: monotonic() - seen if depth.waiting else 0.0)
        return depth
