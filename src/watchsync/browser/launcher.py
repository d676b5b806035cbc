"""How is a browser started, or one that runs elsewhere reached?"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Error

from watchsync import logs
from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.deadline import DeadlineExceeded, bounded
from watchsync.browser.display import Display
from watchsync.browser.driver import Driver
from watchsync.browser.environment import bare
from watchsync.browser.flags import NOT_OF_PLAYWRIGHT, chromium_flags
from watchsync.browser.mode import Choice, Installed, Mode, choose
from watchsync.browser.surroundings import Surroundings
from watchsync.errors import BrowserUnavailable, WatchsyncError
from watchsync.redaction import redact

_log = logs.get(__name__)

Launch = Callable[[], Awaitable[Chromium]]


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts a browser, or connects to one that runs elsewhere (``url``, CDP).

    ``reachable`` are the only places (``host:port``) that it may connect to; one that runs elsewhere is not held so.
    """

    mode: str = "auto"
    path: Path | None = None
    url: str | None = None
    reachable: tuple[str, ...] = ()
    deadlines: Deadlines = field(default_factory=Deadlines)

    async def __call__(self) -> Chromium:
        """Start a browser with a driver of its own; raises BrowserUnavailable."""
        driver = await Driver.start(self.deadlines.launch)
        around = Surroundings(driver)
        try:
            chromium = Chromium(around, await self._browser(around), self.deadlines)
        except BaseException:
            await asyncio.shield(asyncio.ensure_future(around.end(self.deadlines.close)))
            raise
        try:
            await chromium.watch()
        except BaseException as error:
            await chromium.close()
            if isinstance(error, WatchsyncError):
                raise BrowserUnavailable(f"The browser died at its start. {error}") from error
            raise
        return chromium

    async def _browser(self, around: Surroundings) -> Browser:
        chromium = around.driver.playwright.chromium
        try:
            if self.url:
                return await self._started(chromium.connect_over_cdp(self.url, timeout=self._launch_ms))
            around.choice = choice = choose(self.mode, Installed.here(chromium.executable_path, self.path))
            if choice.mode is Mode.HEADED and choice.xvfb:
                environment = bare(os.environ, around.driver.folder)
                around.display = await Display.start(
                    choice.xvfb, around.driver.folder, environment, self.deadlines.launch
                )
            return await self._launched(around, choice)
        except (Error, DeadlineExceeded, OSError) as error:
            why = (
                "it took too long"
                if isinstance(error, DeadlineExceeded)
                else redact((str(error).splitlines() or [""])[0])[:200]
            )
            raise BrowserUnavailable(f"The browser did not start: {why}") from error

    async def _launched(self, around: Surroundings, choice: Choice) -> Browser:
        """With the sandbox where the host allows it: not as root, and not without user namespaces."""
        why = "root"
        if os.geteuid() != 0:
            try:
                return await self._launch(around, choice, sandbox=True)
            except Error as error:
                if "sandbox" not in error.message.lower():
                    raise
                why = "the host does not allow it"
        _log.warning("browser.sandbox_disabled", why=why)
        around.is_sandboxed = False
        return await self._launch(around, choice, sandbox=False)

    def _launch(self, around: Surroundings, choice: Choice, *, sandbox: bool) -> Awaitable[Browser]:
        display = around.display.environment if around.display else {}
        return self._started(
            around.driver.playwright.chromium.launch(
                executable_path=choice.path,
                headless=choice.mode is not Mode.HEADED,
                args=chromium_flags(self.reachable),
                ignore_default_args=[*NOT_OF_PLAYWRIGHT],
                env={**bare(os.environ, around.driver.folder), **display},
                chromium_sandbox=sandbox,
                timeout=self._launch_ms,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        )

    async def _started(self, starting: Awaitable[Browser]) -> Browser:
        return await bounded(starting, self.deadlines.launch + 1, unwanted=lambda late: late.close())

    @property
    def _launch_ms(self) -> float:
        return self.deadlines.launch * 1000
