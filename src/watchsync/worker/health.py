"""Is this worker well, and can it take work?"""

from watchsync.availability import RedisAvailability
from watchsync.browser.pool import Pool
from watchsync.duties import Duties
from watchsync.probes import Check, HealthReport, Status
from watchsync.worker.loop import Worker
from watchsync.worker.memory_guard import MemoryGuard
from watchsync.worker.strategies import OpenStrategies


class WorkerHealth:
    """How this worker is. Redis is not asked: its availability is known from the worker's own commands.

    A worker that gets no browser is degraded and takes work while another way to read lists is switched on; without
    one it is unhealthy.
    """

    def __init__(
        self,
        availability: RedisAvailability,
        pool: Pool,
        strategies: OpenStrategies,
        worker: Worker,
        guard: MemoryGuard,
        duties: Duties,
    ) -> None:
        self._availability = availability
        self._pool = pool
        self._strategies = strategies
        self._worker = worker
        self._guard = guard
        self._duties = duties

    async def __call__(self) -> HealthReport:
        pool, is_up = self._pool.health, self._availability.is_up
        has_way = self._strategies.has_way(has_browser=pool.is_available)
        without_browser = Status.DEGRADED if has_way else Status.UNHEALTHY
        checks = (
            Check("redis", Status.HEALTHY if is_up else Status.UNHEALTHY, "healthy" if is_up else "unhealthy"),
            Check("browser", Status.HEALTHY if pool.is_well else without_browser, pool.sentence),
            Check("slots", Status.HEALTHY, f"{pool.lent} of {pool.slots} lent"),
            Check("memory", Status.HEALTHY if self._guard.may_take() else Status.DEGRADED, self._guard.sentence),
            self._strategies.check(),
            *(Check(f"duty: {name}", Status.DEGRADED, f"broke ({why})") for name, why in self._duties.broken.items()),
        )
        return HealthReport(checks, ready=is_up and has_way and not self._worker.is_draining)
