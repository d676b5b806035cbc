"""What stands around a browser that runs here, and goes with it?"""

import asyncio
from dataclasses import dataclass

from watchsync.browser.display import Display
from watchsync.browser.driver import Driver
from watchsync.browser.mode import Choice


@dataclass(slots=True)
class Surroundings:
    """The driver that started a browser, and the display that it draws on, if it has windows."""

    driver: Driver
    choice: Choice | None = None
    """The browser that was started; ``None`` for one that runs elsewhere."""
    display: Display | None = None
    is_sandboxed: bool = True
    """Whether Chromium holds its pages in its sandbox; that of a browser elsewhere is its own matter."""

    @property
    def mode(self) -> str:
        """In which mode it runs, or that it runs elsewhere."""
        return self.choice.mode if self.choice else "elsewhere"

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What does not hold a hostile page here although it should, for people."""
        if self.choice is None:
            return ("it runs elsewhere, where nothing holds its pages to IMDb",)
        return () if self.is_sandboxed else ("without its sandbox",)

    @property
    def pids(self) -> list[int]:
        """The processes above all that runs here for this browser."""
        driver = [self.driver.process.pid] if self.driver.process else []
        return driver + ([self.display.pid] if self.display else [])

    async def greet_display(self) -> None:
        """Return once the display has answered, if there is one; raises OSError if it is gone."""
        if self.display is not None:
            await self.display.greet()

    async def end(self, seconds: float) -> None:
        """End the driver, politely for a while, and the display after what draws on it."""
        await self.driver.end(seconds)
        if self.display is not None:
            await asyncio.shield(self.display.end())
