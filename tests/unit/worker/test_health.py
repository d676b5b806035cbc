"""When a worker is well, and when it can take work."""

from dataclasses import dataclass, field

import pytest

from watchsync.availability import Reason, RedisAvailability
from watchsync.browser.pool import PoolHealth
from watchsync.probes import Check, Status
from watchsync.worker.health import WorkerHealth

RUNS = PoolHealth(True, True, 1, 2, 0, "running")
STARTS = PoolHealth(False, True, 0, 2, 1, "starting")
NEVER_STARTS = PoolHealth(False, False, 0, 2, 9, "no browser could be started")


@dataclass
class Parts:
    """A pool, strategies, a loop and a memory guard in a given state."""

    health: PoolHealth = RUNS
    other_way: bool = True
    is_draining: bool = False
    is_short: bool = False
    sentence: str = "enough"
    broken: dict[str, str] = field(default_factory=dict)

    def has_way(self, *, has_browser: bool) -> bool:
        return has_browser or self.other_way

    def check(self) -> Check:
        return Check("imdb", Status.HEALTHY, {})

    def may_take(self) -> bool:
        return not self.is_short


async def health_of(parts: Parts, availability: RedisAvailability | None = None):
    if availability is None:
        availability = RedisAvailability()
        availability.record_success()
    return await WorkerHealth(availability, parts, parts, parts, parts, parts)()


@pytest.mark.parametrize(
    ("parts", "status", "ready"),
    [
        (Parts(), Status.HEALTHY, True),
        (Parts(health=STARTS), Status.DEGRADED, True),
        (Parts(health=STARTS, other_way=False), Status.DEGRADED, True),
        (Parts(health=NEVER_STARTS), Status.DEGRADED, True),
        (Parts(health=NEVER_STARTS, other_way=False), Status.UNHEALTHY, False),
        (Parts(is_draining=True), Status.HEALTHY, False),
        (Parts(is_short=True), Status.DEGRADED, True),
        (Parts(broken={"renewal": "ValueError"}), Status.DEGRADED, True),
    ],
)
async def test_a_worker_is_ready_while_it_has_a_way_to_read_lists(parts, status, ready):
    report = await health_of(parts)
    assert (report.status, report.ready) == (status, ready)


async def test_a_worker_without_redis_is_neither_well_nor_ready():
    availability = RedisAvailability()
    availability.record_failure(Reason.UNREACHABLE, OSError("gone"))
    report = await health_of(Parts(), availability)
    assert (report.status, report.ready) == (Status.UNHEALTHY, False)
