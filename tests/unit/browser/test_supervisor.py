"""Which browser follows which, and when: with browsers that live and die as a test says."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from watchsync.browser.retirement import Retirement
from watchsync.browser.supervisor import Supervisor
from watchsync.errors import BrowserUnavailable


class Fake:
    """A browser that does nothing but live and die."""

    browser = SimpleNamespace(version="1")
    around = SimpleNamespace(mode="shell")
    pid = None
    root_pids = ()
    contexts_made = lent = memory_bytes = 0
    sentence = "healthy"
    is_tainted = is_failing = is_proven = False
    reason = None

    def __init__(self, started: float) -> None:
        self.started = started
        self.died = asyncio.Event()
        self.retired = asyncio.get_running_loop().create_future()
        self.is_closed = False

    def die(self, reason: str = "crashed") -> None:
        self.reason = self.reason or reason
        self.died.set()

    async def close(self) -> None:
        self.die("closed")
        self.is_closed = True


class World:
    """A clock, and starts that succeed or fail as told; ``started`` tells of each try."""

    def __init__(self, metrics) -> None:
        self.now = 1000.0
        self.made: list[Fake] = []
        self.started: asyncio.Queue[Fake | None] = asyncio.Queue()
        self.failing = ""
        self.tried_out = 0
        self.shows_no_page = False
        self._metrics = metrics

    @asynccontextmanager
    async def supervisor(self, **retirement):
        supervisor = Supervisor(
            self._launch,
            self._smoke_test,
            self._metrics,
            retirement=Retirement(**retirement),
            look_seconds=60,
            clock=lambda: self.now,
        )
        supervisor.open()
        yield supervisor
        await supervisor.close()

    def restarts(self, reason: str) -> float:
        return self._metrics.registry.get_sample_value("watchsync_browser_restarts_total", {"reason": reason})

    async def _launch(self) -> Fake:
        if self.failing:
            self.started.put_nowait(None)
            raise BrowserUnavailable(self.failing)
        self.made.append(Fake(self.now))
        self.started.put_nowait(self.made[-1])
        return self.made[-1]

    async def _smoke_test(self, chromium: Fake) -> None:
        self.tried_out += 1
        if self.shows_no_page:
            raise BrowserUnavailable("it shows no page")


@pytest.fixture
def world(metrics):
    return World(metrics)


async def test_none_is_started_before_one_is_needed(world):
    async with world.supervisor() as supervisor:
        assert (supervisor.condition.is_well, supervisor.condition.is_available) == (True, True)
        assert supervisor.condition.sentence == "not started yet"
    assert world.made == []


async def test_all_who_wait_share_one_start(world):
    async with world.supervisor() as supervisor:
        taken = await asyncio.gather(*(supervisor.take() for _ in range(5)))
    assert set(taken) == set(world.made)
    assert (len(world.made), world.made[0].lent, world.tried_out) == (1, 5, 1)


async def test_the_end_of_a_browser_that_was_of_use_is_followed_by_a_start_that_nobody_asked_for(world):
    async with world.supervisor() as supervisor:
        first = await supervisor.take()
        first.is_proven = True
        await world.started.get()
        first.die()
        assert (supervisor.condition.is_well, supervisor.condition.sentence) == (False, "being replaced")
        second = await world.started.get()
        assert await supervisor.take() is second
        assert supervisor.condition.is_well
    assert first.is_closed
    assert (world.restarts("crashed"), world.tried_out) == (1, 1)


async def test_browsers_that_die_before_they_are_of_use_are_followed_ever_later_and_tried_out_first(world):
    async with world.supervisor() as supervisor:
        for _ in range(2):
            (await supervisor.take()).die()
        with pytest.raises(BrowserUnavailable, match="dies as soon as it is used"):
            await supervisor.take()
        assert (len(world.made), world.tried_out) == (2, 2)
        world.now += 0.5
        assert (await supervisor.take()).died.is_set() is False
        assert world.tried_out == 3


async def test_a_browser_that_lived_long_was_no_failed_start_though_nobody_used_it(world):
    async with world.supervisor() as supervisor:
        for _ in range(4):
            living = await supervisor.ready()
            world.now += 60
            living.die()
        assert supervisor.condition.is_available


async def test_after_a_failed_start_the_next_waits_and_who_asks_is_told_why(world):
    world.failing = "no such file"
    async with world.supervisor() as supervisor:
        for _ in range(4):
            with pytest.raises(BrowserUnavailable, match="no such file"):
                await supervisor.take()
        assert world.started.qsize() == 2
        assert (supervisor.condition.is_well, supervisor.condition.is_available) == (False, False)
    assert world.restarts("launch") == 2


async def test_a_browser_that_can_be_had_again_is_had_without_anybody_asking(world):
    world.failing = "no memory"
    async with world.supervisor() as supervisor:
        with pytest.raises(BrowserUnavailable):
            await supervisor.take()
        world.failing = ""
        while await world.started.get() is None:
            world.now += 30
        while not supervisor.condition.is_available:
            await asyncio.sleep(0)
        assert supervisor.condition.sentence == "healthy"


async def test_one_that_starts_but_shows_no_page_is_closed_and_counts_as_a_failed_start(world):
    world.shows_no_page = True
    async with world.supervisor() as supervisor:
        with pytest.raises(BrowserUnavailable, match="it shows no page"):
            await supervisor.take()
    assert all(chromium.is_closed for chromium in world.made)
    assert not supervisor.condition.is_available


async def test_a_retired_browser_is_closed_when_its_last_lending_ends_and_the_next_is_there_before(world):
    async with world.supervisor(contexts=2) as supervisor:
        old = await supervisor.take()
        assert await supervisor.take() is old
        supervisor.give_back(old)
        new = await supervisor.ready()
        assert (new is not old, old.is_closed) == (True, False)
        supervisor.give_back(old)
        await old.died.wait()
    assert world.restarts("pages") == 1


async def test_where_memory_is_short_the_new_browser_waits_for_the_end_of_the_old(world):
    async with world.supervisor() as supervisor:
        old = await supervisor.take()
        await world.started.get()
        supervisor.retire("memory")
        await asyncio.sleep(0.01)
        assert world.started.empty()
        supervisor.give_back(old)
        assert await world.started.get() is not old
        assert old.is_closed


async def test_pages_that_crash_one_after_the_other_open_the_breaker(world):
    async with world.supervisor() as supervisor:
        for _ in range(2):
            ill = await supervisor.take()
            ill.is_failing = True
            supervisor.give_back(ill)
        assert not supervisor.condition.is_available
        assert "crashes" in supervisor.condition.sentence
    assert world.restarts("crashed") == 2


async def test_killing_ends_all_of_them_and_brings_a_new_one(world):
    async with world.supervisor() as supervisor:
        retired = await supervisor.take()
        supervisor.retire("age")
        current = await supervisor.take()
        await supervisor.kill("memory")
        assert (retired.reason, current.reason) == ("memory", "memory")
        assert await supervisor.ready() not in {retired, current}
        assert supervisor.condition.is_available


async def test_once_closing_none_is_started_any_more(world):
    async with world.supervisor() as supervisor:
        (await supervisor.take()).is_proven = True
    with pytest.raises(BrowserUnavailable):
        await supervisor.take()
    assert len(world.made) == 1
