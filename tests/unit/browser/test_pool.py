import pytest

from watchsync.browser.pool import Pool, Retirement
from watchsync.errors import BrowserUnavailable


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class NoBrowser:
    """A machine on which no browser starts."""

    def __init__(self) -> None:
        self.tries = 0

    async def __call__(self):
        self.tries += 1
        raise BrowserUnavailable(f"try {self.tries}")


class Used:
    """What retirement looks at."""

    def __init__(self, *, contexts_made: int = 0, started: float = 0.0, is_tainted: bool = False) -> None:
        self.contexts_made = contexts_made
        self.started = started
        self.is_tainted = is_tainted


@pytest.mark.parametrize(
    ("used", "memory", "reason"),
    [
        (Used(contexts_made=199, started=-3599), 549 << 20, None),
        (Used(contexts_made=200), 0, "pages"),
        (Used(started=-3600), 0, "age"),
        (Used(), 550 << 20, "memory"),
        (Used(is_tainted=True), 0, "hung"),
    ],
)
def test_a_browser_is_retired_once_it_has_served_long_enough(used, memory, reason):
    assert Retirement().reason(used, 0.0, memory) == reason


async def test_after_a_failed_start_the_next_waits_and_who_asks_is_told_why(metrics):
    clock, launch = Clock(), NoBrowser()
    async with Pool(launch, metrics, slots=1, clock=clock) as pool:
        for _ in range(3):
            with pytest.raises(BrowserUnavailable, match="try 1"):
                await pool.warm_up()
        assert not pool.health.is_available
        clock.now += 0.5
        with pytest.raises(BrowserUnavailable, match="try 2"):
            await pool.warm_up()
        clock.now += 0.5
        with pytest.raises(BrowserUnavailable, match="try 2"):
            await pool.warm_up()
    assert metrics.browser_restarts.labels(reason="launch")._value.get() == 2


async def test_a_lending_that_finds_no_browser_gives_its_slot_back(metrics):
    async with Pool(NoBrowser(), metrics, slots=1, wait_seconds=0.01) as pool:
        for _ in range(3):
            with pytest.raises(BrowserUnavailable):
                async with pool.lend(None):
                    pass
        assert pool.health.lent == 0
