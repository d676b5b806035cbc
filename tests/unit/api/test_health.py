"""When the API counts the queue, and what ``/health`` says of it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from watchsync import keys
from watchsync.api.health import Health
from watchsync.availability import Reason, RedisAvailability
from watchsync.errors import RedisUnavailable
from watchsync.origin.breaker_monitor import Sites
from watchsync.origin.circuit_breaker import BreakerState, CircuitBreaker
from watchsync.probes import Status
from watchsync.queue.gauges import Depth

IDLE = Depth(0, 0, 0, 0, 0.0)
WAITING = Depth(1, 0, 0, 0, 0.0)
RUNNING = Depth(0, 0, 1, 0, 0.0)


class StandInQueue:
    """A queue of a given depth, which counts how often it is asked."""

    def __init__(self) -> None:
        self.availability = RedisAvailability()
        self.availability.record_success()
        self.now = IDLE
        self.is_down = False
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.change = None
        self.gauges = self.listener = self

    async def depth(self) -> Depth:
        self.asked += 1
        await self.may_answer.wait()
        if self.is_down:
            raise RedisUnavailable
        return self.now

    @asynccontextmanager
    async def subscribe(self, channel, callback):
        assert channel == keys.WAKE
        self.change = lambda: callback(b"1")
        yield


class StandInBreakers:
    """BreakerMonitor in given states."""

    def __init__(self) -> None:
        self.now = {"page": CircuitBreaker(BreakerState.CLOSED), "graphql": CircuitBreaker(BreakerState.CLOSED)}

    async def look(self):
        return Sites(self.now, "graphql")


class Watch:
    """Asks for the health every second; knows how often the queue was asked for it."""

    def __init__(self) -> None:
        self.queue, self.breakers = StandInQueue(), StandInBreakers()
        self.time = 1000.0
        self.health = Health(self.queue, self.breakers, clock=lambda: self.time)

    async def asks_of_the_queue(self, seconds: int) -> int:
        before = self.queue.asked
        for _ in range(seconds):
            await self.health()
            self.time += 1
        return self.queue.asked - before

    async def check(self, name: str):
        return next(check for check in (await self.health()).checks if check.name == name)


@pytest.fixture
async def watch():
    made = Watch()
    async with made.health.listening(None):
        yield made


async def test_an_idle_queue_is_counted_every_quarter_of_an_hour(watch):
    assert await watch.asks_of_the_queue(3600) == 4


async def test_a_change_is_looked_at_within_ten_seconds_and_once_however_many_there_are(watch):
    await watch.asks_of_the_queue(60)
    for _ in range(5):
        watch.queue.change()
    assert await watch.asks_of_the_queue(10) == 1
    assert await watch.asks_of_the_queue(60) == 0


async def test_while_a_job_waits_the_queue_is_counted_every_ten_seconds(watch):
    watch.queue.now = WAITING
    assert await watch.asks_of_the_queue(100) == 10


async def test_while_jobs_only_run_it_is_counted_ever_more_seldom(watch):
    watch.queue.now = RUNNING
    assert await watch.asks_of_the_queue(100) == 4  # after 0, 10, 30 and 70 seconds
    assert await watch.asks_of_the_queue(3600) < 10


async def test_an_absent_redis_is_not_asked_and_makes_the_api_unready(watch):
    watch.queue.availability.record_failure(Reason.UNREACHABLE, OSError("gone"))
    assert await watch.asks_of_the_queue(100) == 0
    report = await watch.health()
    assert (report.status, report.ready) == (Status.UNHEALTHY, False)
    assert "queue" not in {check.name for check in report.checks}


async def test_a_look_that_failed_is_made_again_at_once(watch):
    watch.queue.is_down = True
    assert await watch.asks_of_the_queue(3) == 3
    watch.queue.is_down = False
    assert await watch.asks_of_the_queue(3) == 1


async def test_a_redis_that_hangs_keeps_no_probe_waiting_and_is_asked_once(watch):
    await watch.health()
    watch.queue.now = WAITING
    watch.queue.change()
    watch.time += 10
    watch.queue.may_answer.clear()
    watch.health._patience_seconds = 0
    for _ in range(3):
        assert (await watch.check("queue")).value["waiting"] == 0  # what was last seen
    assert watch.queue.asked == 2
    watch.queue.may_answer.set()
    watch.health._patience_seconds = 60
    assert (await watch.check("queue")).value["waiting"] == 1


async def test_it_says_how_much_there_is_to_do(watch):
    watch.queue.now = Depth(1, 2, 3, 4, 0.0, 5)
    assert (await watch.check("queue")).value == {
        "waiting": 1,
        "delayed": 2,
        "running": 3,
        "dead": 4,
        "quarantined": 5,
    }


@pytest.mark.parametrize(("barred", "status"), [("page", Status.DEGRADED), ("graphql", Status.HEALTHY)])
async def test_it_is_degraded_only_while_the_preferred_way_is_barred(watch, barred, status):
    watch.breakers.now[barred] = CircuitBreaker(BreakerState.OPEN, 90)
    report = await watch.health()
    assert (report.status, report.ready) == (status, True)
    told = (await watch.check("imdb")).value
    assert (told[barred], told["used"]) == ("left alone for 90 s", "graphql")
