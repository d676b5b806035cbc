"""How is a browser started, or one that runs elsewhere reached?"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Error, Playwright

from watchsync import logs
from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.deadline import DeadlineExceeded, bounded
from watchsync.browser.driver import Driver
from watchsync.browser.executable import find_executable
from watchsync.errors import BrowserUnavailable, WatchsyncError

_log = logs.get(__name__)

Launch = Callable[[], Awaitable[Chromium]]


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts a browser, or connects to one that runs elsewhere (``url``, CDP)."""

    path: Path | None = None
    url: str | None = None
    deadlines: Deadlines = field(default_factory=Deadlines)

    async def __call__(self) -> Chromium:
        """Start a browser with a driver of its own; raises BrowserUnavailable."""
        driver = await Driver.start(self.deadlines.launch)
        try:
            chromium = Chromium(driver, await self._browser(driver.playwright), self.deadlines)
        except BaseException:
            await asyncio.shield(asyncio.ensure_future(driver.end(self.deadlines.close)))
            raise
        try:
            await chromium.watch()
        except BaseException as error:
            await chromium.close()
            if isinstance(error, WatchsyncError):
                raise BrowserUnavailable(f"The browser died at its start. {error}") from error
            raise
        return chromium

    async def _browser(self, playwright: Playwright) -> Browser:
        try:
            if self.url:
                return await self._started(playwright.chromium.connect_over_cdp(self.url, timeout=self._launch_ms))
            return await self._launched(playwright, find_executable(self.path, playwright.chromium.executable_path))
        except (Error, DeadlineExceeded, OSError) as error:
            why = (
                "it took too long"
                if isinstance(error, DeadlineExceeded)
                else (str(error).splitlines() or [""])[0][:200]
            )
            raise BrowserUnavailable(f"The browser did not start: {why}") from error

    async def _launched(self, playwright: Playwright, path: Path) -> Browser:
        """With the sandbox where the host allows it: not as root, and not without user namespaces."""

        def launch(*, sandbox: bool) -> Awaitable[Browser]:
            return self._started(
                playwright.chromium.launch(
                    executable_path=path,
                    chromium_sandbox=sandbox,
                    timeout=self._launch_ms,
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            )

        why = "root"
        if os.geteuid() != 0:
            try:
                return await launch(sandbox=True)
            except Error as error:
                if "sandbox" not in error.message.lower():
                    raise
                why = "the host does not allow it"
        _log.warning("browser.sandbox_disabled", why=why)
        return await launch(sandbox=False)

    async def _started(self, starting: Awaitable[Browser]) -> Browser:
        return await bounded(starting, self.deadlines.launch + 1, unwanted=lambda late: late.close())

    @property
    def _launch_ms(self) -> float:
        return self.deadlines.launch * 1000
