"""Who may use the browser now? Slots are lent one context each, and always come back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Self

from playwright.async_api import BrowserContext, Page

from watchsync import logs
from watchsync.browser.call import ended
from watchsync.browser.chromium import Chromium, Deadlines, Launch
from watchsync.browser.memory import tree_bytes
from watchsync.browser.session import Session, Site
from watchsync.errors import BrowserUnavailable, PoolExhausted, WatchsyncError
from watchsync.metrics import Metrics

_LAUNCH_PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 16, 30)
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """When a browser has served long enough; the new one takes over while the old one finishes."""

    contexts: int = 200
    age_seconds: float = 3600
    memory_bytes: int = 550 << 20

    def reason(self, chromium: Chromium, now: float, memory_bytes: int) -> str | None:
        """Why this browser is to be replaced, if it is."""
        if chromium.is_tainted:
            return "hung"
        if chromium.contexts_made >= self.contexts:
            return "pages"
        if now - chromium.started >= self.age_seconds:
            return "age"
        return "memory" if memory_bytes >= self.memory_bytes else None


@dataclass(frozen=True, slots=True)
class PoolHealth:
    """How the pool is: whether a browser can be had, how many slots are lent, and how often one was replaced."""

    is_available: bool
    lent: int
    slots: int
    restarts: int


class Pool:
    """One browser, a number of slots, and a fresh context for every lending.

    A browser that crashes, hangs or is retired is replaced; only the jobs that were on it notice.
    """

    def __init__(
        self,
        launch: Launch,
        metrics: Metrics,
        *,
        slots: int,
        wait_seconds: float = 120,
        retirement: Retirement | None = None,
        deadlines: Deadlines | None = None,
        look_seconds: float = 10,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._launch = launch
        self._metrics = metrics
        self._slots = slots
        self._free = asyncio.Semaphore(slots)
        self._wait_seconds = wait_seconds
        self._retirement = retirement or Retirement()
        self._deadlines = deadlines or Deadlines()
        self._look_seconds = look_seconds
        self._clock = clock
        self._current: Chromium | None = None
        self._running: set[Chromium] = set()
        self._starting: asyncio.Task[Chromium] | None = None
        self._failed_starts = 0
        self._next_start = 0.0
        self._last_failure = ""
        self._restarts: Counter[str] = Counter()
        self._passes: dict[str, list[Any]] = {}
        self._memory_bytes = 0
        self._watching: set[asyncio.Task[Any]] = set()
        self._ending: set[asyncio.Task[Any]] = set()
        self._lent = 0

    async def __aenter__(self) -> Self:
        self._spawn(self._watch_memory(), self._watching)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watch in tuple(self._watching):
            watch.cancel()
        if self._starting:
            with suppress(BrowserUnavailable):
                await self._starting
        if self._ending:
            await asyncio.wait(self._ending)
        await asyncio.gather(*(chromium.close() for chromium in self._running))

    @property
    def health(self) -> PoolHealth:
        """How the pool is at this moment."""
        return PoolHealth(self._failed_starts == 0, self._lent, self._slots, self._restarts.total())

    async def warm_up(self) -> None:
        """Start a browser now, before the first job asks for one; raises BrowserUnavailable."""
        await self._browser()

    def retire(self, reason: str) -> None:
        """Let the next job have a new browser; the running one is closed when its last job is done."""
        chromium, self._current = self._current, None
        if chromium is not None:
            self._count_restart(reason)
            self._close_if_done(chromium)

    @asynccontextmanager
    async def lend(self, site: Site) -> AsyncIterator[Session]:
        """Lend a fresh context; first come, first served.

        Raises PoolExhausted when no slot came free in time, BrowserUnavailable when no browser starts, BrowserLost.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise PoolExhausted from None
        lending = _Lending(site)
        self._count_lent(1)
        try:
            lending.chromium = chromium = await self._browser()
            chromium.lent += 1
            chromium.contexts_made += 1
            lending.context = await chromium.open_context()
            yield await self._session(chromium, lending.context, site)
        finally:
            # In a task of its own, so that a job that is cancelled twice still leaves nothing behind.
            await asyncio.shield(self._spawn(self._take_back(lending), self._ending))

    async def _session(self, chromium: Chromium, context: BrowserContext, site: Site) -> Session:
        wait = self._deadlines.context
        if cookies := self._passes.get(site.origin):
            await chromium.call(context.add_cookies(cookies), wait, "cookies")
        page = await chromium.call(context.new_page(), wait, "new page")
        context.on("page", self._close_popup)
        session = Session(chromium, context, page, site, self._deadlines)
        await session.prepare()
        return session

    async def _take_back(self, lending: "_Lending") -> None:
        chromium, context = lending.chromium, lending.context
        try:
            if chromium is not None and context is not None:
                await self._keep_pass(chromium, context, lending.site)
                await chromium.close_context(context)
        finally:
            self._count_lent(-1)
            self._free.release()
            if chromium is not None:
                chromium.lent -= 1
                self._after_use(chromium)

    async def _keep_pass(self, chromium: Chromium, context: BrowserContext, site: Site) -> None:
        """Hand on the cookies that say that the site's check was passed, and no others."""
        if site.kept_cookies and not chromium.died.is_set():
            with suppress(WatchsyncError):
                cookies = await chromium.call(context.cookies(site.origin), self._deadlines.context, "cookies")
                self._passes[site.origin] = [each for each in cookies if each["name"] in site.kept_cookies]

    def _close_popup(self, page: Page) -> None:
        self._spawn(ended(page.close(), self._deadlines.close), self._ending)

    def _after_use(self, chromium: Chromium) -> None:
        if chromium is self._current and not chromium.died.is_set():
            reason = self._retirement.reason(chromium, self._clock(), self._memory_bytes)
            if reason:
                self.retire(reason)
        else:
            self._close_if_done(chromium)

    def _close_if_done(self, chromium: Chromium) -> None:
        if chromium.lent == 0:
            self._spawn(chromium.close(), self._ending)

    async def _browser(self) -> Chromium:
        """The running browser, or a new one; all who wait share one start."""
        if self._current is not None and not self._current.died.is_set():
            return self._current
        if self._starting is None:
            if self._clock() < self._next_start:
                raise BrowserUnavailable(self._last_failure)
            self._starting = asyncio.create_task(self._start(), name="browser start")
            self._starting.add_done_callback(_collect)
        return await asyncio.shield(self._starting)

    async def _start(self) -> Chromium:
        try:
            chromium = await self._launch()
        except BrowserUnavailable as error:
            self._note_failed_start(error)
            raise
        else:
            self._failed_starts = 0
            self._memory_bytes = 0
            self._current = chromium
            self._running.add(chromium)
            self._spawn(self._await_death(chromium), self._watching)
            _log.info("browser.started", version=chromium.browser.version, pid=chromium.pid)
            return chromium
        finally:
            self._starting = None

    def _note_failed_start(self, error: BrowserUnavailable) -> None:
        """Wait longer after each failed start; who asks meanwhile is told at once."""
        pause = _LAUNCH_PAUSES_SECONDS[min(self._failed_starts, len(_LAUNCH_PAUSES_SECONDS) - 1)]
        self._failed_starts += 1
        self._next_start = self._clock() + pause
        self._last_failure = str(error)
        self._count_restart("launch")
        _log.error("browser.not_started", error=str(error), again_in_seconds=pause)

    async def _await_death(self, chromium: Chromium) -> None:
        """Take a dead browser out of service at once and end what is left of it."""
        await chromium.died.wait()
        if chromium.reason != "closed":
            _log.warning("browser.lost", reason=chromium.reason)
            if chromium is self._current:
                self._current = None
                self._count_restart(chromium.reason or "crashed")
        await asyncio.shield(self._spawn(chromium.close(), self._ending))
        self._running.discard(chromium)

    def _count_restart(self, reason: str) -> None:
        self._restarts[reason] += 1
        self._metrics.browser_restarts.labels(reason=reason).inc()

    def _count_lent(self, change: int) -> None:
        self._lent += change
        self._metrics.browser_contexts.set(self._lent)

    async def _watch_memory(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            chromium = self._current
            if chromium is not None and chromium.pid is not None:
                self._memory_bytes = await asyncio.to_thread(tree_bytes, chromium.pid)
                self._metrics.browser_memory_bytes.set(self._memory_bytes)

    def _spawn(self, work: Coroutine[Any, Any, None], kept_in: set[asyncio.Task[Any]]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        kept_in.add(task)
        task.add_done_callback(kept_in.discard)
        task.add_done_callback(_collect)
        return task


@dataclass(slots=True)
class _Lending:
    """What one lending has taken so far."""

    site: Site
    chromium: Chromium | None = None
    context: BrowserContext | None = None


def _collect(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
