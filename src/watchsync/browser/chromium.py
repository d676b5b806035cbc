"""One running browser with its driver: started within a deadline, watched, and killed for certain."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Error,
    TimeoutError as PlaywrightTimeout,
)

from watchsync import logs
from watchsync.browser.deadline import DeadlineExceeded, TargetGone, bounded, ended
from watchsync.browser.playwright_errors import translate
from watchsync.browser.processes import Family, Watch, has_ended
from watchsync.browser.surroundings import Surroundings
from watchsync.errors import BrowserLost, WatchsyncError

_MISSES = 2
_CRASHES = 3
_log = logs.get(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long each kind of call may take, in seconds. Several of Playwright's calls have no limit of their own."""

    launch: float = 15
    context: float = 5
    navigation: float = 20
    challenge: float = 20
    evaluate: float = 10
    close: float = 3
    heartbeat_every: float = 5
    heartbeat: float = 3

    @property
    def freeze(self) -> float:
        """A frozen browser is noticed within this: one pause, then two beats in a row without an answer."""
        return self.heartbeat_every + _MISSES * self.heartbeat


class Chromium:
    """A browser that lives until it is closed, dies, hangs or is killed; ``died`` is set with ``reason`` then."""

    def __init__(self, around: Surroundings, browser: Browser, deadlines: Deadlines) -> None:
        self.around = around
        """The driver, and the display if it has one."""
        self._deadlines = deadlines
        self._cdp: CDPSession | None = None
        self._family: Family | None = None
        self._watch = Watch()
        self._heart: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self.browser = browser
        self.pid: int | None = None
        """``None`` for a browser that runs elsewhere."""
        self.started = monotonic()
        self.contexts_made = 0
        self.lent = 0
        self.memory_bytes = 0
        """As last measured."""
        self.is_tainted = False
        """Whether a call never ended, so that something may have been left behind: finish, then replace it."""
        self.died = asyncio.Event()
        self.reason: str | None = None
        self.retired: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why it gets no further lending, once it was retired."""
        self._answers = 0
        self._crashes = 0

    @property
    def root_pids(self) -> list[int]:
        """The processes above all that runs here for this browser."""
        return self.around.pids if self.pid is not None else []

    @property
    def sentence(self) -> str:
        """How it is while it lives, for people."""
        return ", but ".join(["healthy", *self.around.weaknesses])

    @property
    def is_failing(self) -> bool:
        """Whether one page after the other crashed: something is wrong with more than the pages."""
        return self._crashes >= _CRASHES

    @property
    def is_proven(self) -> bool:
        """Whether it has been of use."""
        return self._answers > 0 and not self.is_failing

    def note_answer(self) -> None:
        """A page was read."""
        self._answers += 1
        self._crashes = 0

    def note_page_crash(self) -> None:
        """A page's process died."""
        self._crashes += 1

    async def call(
        self,
        awaitable: Awaitable[T],
        seconds: float,
        what: str,
        *,
        on_timeout: type[WatchsyncError] = BrowserLost,
        unwanted: Callable[[T], Awaitable[Any]] | None = None,
    ) -> T:
        """Make one bounded call of Playwright; raises what its fault means in our error tree.

        A call that outlasts its deadline is an ``on_timeout`` error when the browser still gives a sign of life, and
        the browser's death when it does not.
        """
        try:
            return await bounded(awaitable, seconds, lost=self.died, unwanted=unwanted)
        except TargetGone:
            raise BrowserLost from None
        except (DeadlineExceeded, PlaywrightTimeout):
            _log.warning("browser_call.timed_out", what=what, seconds=seconds)
        except Error as error:
            raise translate(error) from error
        except RuntimeError as error:  # uvloop's word for a pipe that the driver's end has closed
            self.die("driver")
            raise BrowserLost from error
        if not await self._is_alive():
            self.die("hung")
            raise BrowserLost(f"The browser stopped answering ({what}); a new one takes over.")
        self.is_tainted = self.is_tainted or on_timeout is BrowserLost
        raise on_timeout()

    async def open_context(self, cookies: list[Any] | None = None) -> BrowserContext:
        """A fresh context; one that comes too late is closed again."""
        opening = self.browser.new_context(
            locale="en-US",
            viewport={"width": 1366, "height": 768},
            accept_downloads=False,
            service_workers="block",
            storage_state={"cookies": cookies, "origins": []} if cookies else None,
        )
        return await self.call(opening, self._deadlines.context, "new context", unwanted=lambda late: late.close())

    async def close_context(self, context: BrowserContext) -> None:
        """Close a context for certain: one that does not close dooms or taints the browser."""
        with suppress(WatchsyncError):
            await self.call(context.close(), self._deadlines.close, "close")

    async def watch(self) -> None:
        """Learn the processes and begin to watch them; raises BrowserLost."""
        self.browser.on("disconnected", lambda _: self._note_end())
        self._cdp = await self.call(self.browser.new_browser_cdp_session(), self._deadlines.context, "CDP session")
        info = await self.call(self._cdp.send("SystemInfo.getProcessInfo"), self._deadlines.context, "process info")
        pid = next((int(entry["id"]) for entry in info["processInfo"] if entry["type"] == "browser"), None)
        self._family = Family.of(pid) if pid is not None else None
        if self._family is not None:
            self.pid = pid
            self._watch.add(self._family.browser, self._note_end)
        if (driver := self.around.driver.process) is not None:
            self._watch.add(driver, lambda: self.die("driver"))
        self._heart = asyncio.create_task(self._beat_on(), name="browser heartbeat")

    def die(self, reason: str) -> None:
        """Count this browser as dead: whoever waits for it is told at once."""
        if not self.died.is_set():
            self.reason = reason
            self.died.set()

    def _note_end(self) -> None:
        """The browser is gone. It ends with its driver, and which end is heard of first is chance."""
        driver = self.around.driver.process
        self.die("driver" if driver is not None and has_ended(driver) else "crashed")

    async def close(self) -> None:
        """End it: politely if it still answers, else by SIGKILL to its whole group, and its driver with it."""
        if self._closing is None:
            was_alive = not self.died.is_set()
            self.die("closed")
            self._closing = asyncio.create_task(self._end(politely=was_alive), name="browser close")
        await asyncio.shield(self._closing)

    async def _end(self, *, politely: bool) -> None:
        self._watch.close()
        if self._heart is not None:
            self._heart.cancel()
        if politely:
            await ended(self.browser.close(), self._deadlines.close)
        if self._family is not None:
            self._family.kill()
        await self.around.end(self._deadlines.close)
        if self._family is not None:
            await asyncio.to_thread(self._family.reap)

    async def _beat_on(self) -> None:
        """Ask for a sign of life: a frozen browser sends no event and stays 'connected'. Two misses are death."""
        misses = 0
        while misses < _MISSES:
            if misses == 0:
                await asyncio.sleep(self._deadlines.heartbeat_every)
            misses = 0 if await self._is_alive() else misses + 1
        self.die("hung")

    async def _is_alive(self) -> bool:
        if self._cdp is None:
            return False
        try:
            await bounded(self._cdp.send("Browser.getVersion"), self._deadlines.heartbeat, lost=self.died)
            await bounded(self.around.greet_display(), self._deadlines.heartbeat, lost=self.died)
        except (Error, DeadlineExceeded, TargetGone, RuntimeError, OSError):
            return False
        return True
