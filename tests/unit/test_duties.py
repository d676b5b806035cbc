"""A duty that breaks is begun again, told and counted."""

import asyncio

import pytest

from watchsync.duties import Duties


class Breaking:
    """A duty that breaks so many times, then lasts."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.begun = 0
        self.lasts = asyncio.Event()

    async def __call__(self) -> None:
        self.begun += 1
        if self.begun <= self.times:
            raise ValueError("broken")
        self.lasts.set()
        await asyncio.Event().wait()


class Pauses:
    """Notes how long somebody would have waited, and what was broken then."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.broken: list[dict[str, str]] = []
        self.duties: Duties | None = None

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.broken.append(self.duties.broken)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def duties(metrics, pauses) -> Duties:
    pauses.duties = Duties(metrics, sleep=pauses)
    return pauses.duties


async def test_a_duty_that_breaks_is_begun_again_after_pauses_that_grow(duties, pauses, metrics):
    duty = Breaking(times=8)
    async with duties.keeping("maintenance", duty):
        await duty.lasts.wait()
    assert pauses.seconds == [1, 2, 4, 8, 16, 32, 60, 60]
    counted = metrics.registry.get_sample_value("watchsync_duties_broken_total", {"duty": "maintenance"})
    assert (duty.begun, counted) == (9, 8)


async def test_what_is_broken_is_told_until_it_is_begun_again(duties, pauses):
    duty = Breaking(times=1)
    async with duties.keeping("maintenance", duty):
        await duty.lasts.wait()
        assert duties.broken == {}
    assert pauses.broken == [{"maintenance": "ValueError"}]


async def test_one_broken_duty_costs_no_other(duties):
    broken, well = Breaking(times=3), Breaking(times=0)
    async with duties.keeping("maintenance", broken), duties.keeping("renewal", well):
        await broken.lasts.wait()
    assert well.begun == 1


async def test_a_duty_that_is_done_is_not_begun_again(duties):
    begun = 0

    async def duty() -> None:
        nonlocal begun
        begun += 1

    async with duties.keeping("memory guard", duty):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert begun == 1


async def test_a_duty_ends_with_who_keeps_it(duties):
    ended = asyncio.Event()

    async def duty() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with duties.keeping("renewal", duty):
        await asyncio.sleep(0)
    assert ended.is_set()


async def test_a_duty_that_swallows_a_cancellation_is_cancelled_again(duties):
    swallowed = 0

    async def duty() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    async with duties.keeping("renewal", duty):
        await asyncio.sleep(0)
    assert swallowed == 2
