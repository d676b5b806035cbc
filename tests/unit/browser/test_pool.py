import pytest

from watchsync.browser.pool import Pool
from watchsync.errors import BrowserUnavailable


class NoBrowser:
    """A machine on which no browser starts."""

    def __init__(self, fault: Exception) -> None:
        self.tries = 0
        self._fault = fault

    async def __call__(self):
        self.tries += 1
        raise self._fault


@pytest.mark.parametrize("fault", [BrowserUnavailable("none here"), OSError(24, "none here")])
async def test_a_lending_that_finds_no_browser_gives_its_slot_back(metrics, fault):
    async with Pool(NoBrowser(fault), metrics, slots=1, wait_seconds=60) as pool:
        assert pool.is_available()
        for _ in range(3):
            with pytest.raises(BrowserUnavailable, match="none here"):
                async with pool.lend(None):
                    pass
        await pool.settled()
        assert pool.health.lent == 0
        assert (pool.health.is_well, pool.is_available()) == (False, False)
        assert "none here" in pool.health.sentence
