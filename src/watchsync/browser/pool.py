"""Who may use the browser now? Slots are lent one context each, and always come back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Self

from playwright.async_api import BrowserContext, Page

from watchsync import logs
from watchsync.browser.chromium import Chromium, Deadlines, Launch
from watchsync.browser.memory import tree_bytes
from watchsync.browser.session import Session, Site
from watchsync.errors import BrowserLost, BrowserUnavailable, PoolExhausted
from watchsync.metrics import Metrics

_LAUNCH_PAUSES_SECONDS = (0.0, 0.5, 1, 2, 4, 8, 16, 30)
_LOOK_AT_MEMORY_SECONDS = 10.0
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """When a browser has served long enough; the new one takes over while the old one finishes."""

    contexts: int = 200
    age_seconds: float = 3600
    memory_bytes: int = 550 << 20

    def reason(self, chromium: Chromium, now: float, memory_bytes: int) -> str | None:
        """Why this browser is to be replaced, if it is."""
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
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._launch = launch
        self._metrics = metrics
        self._slots = slots
        self._free = asyncio.Semaphore(slots)
        self._wait_seconds = wait_seconds
        self._retirement = retirement or Retirement()
        self._deadlines = deadlines or Deadlines()
        self._clock = clock
        self._current: Chromium | None = None
        self._starting: asyncio.Task[Chromium] | None = None
        self._failed_starts = 0
        self._next_start = 0.0
        self._restarts: Counter[str] = Counter()
        self._passes: dict[str, list[Any]] = {}
        self._memory_bytes = 0
        self._chores: set[asyncio.Task[None]] = set()
        self._lent = 0

    async def __aenter__(self) -> Self:
        self._chore(self._watch_memory())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for chore in self._chores:
            chore.cancel()
        if self._starting:
            with suppress(BrowserUnavailable):
                self._current = await self._starting
        if self._current:
            await self._current.close()

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
            self._close_when_unused(chromium)

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
        self._lent += 1
        self._metrics.browser_contexts.inc()
        try:
            chromium = await self._browser()
            async with self._context(chromium, site) as session:
                yield session
        finally:
            self._lent -= 1
            self._metrics.browser_contexts.dec()
            self._free.release()

    @asynccontextmanager
    async def _context(self, chromium: Chromium, site: Site) -> AsyncIterator[Session]:
        chromium.lent += 1
        chromium.contexts_made += 1
        context: BrowserContext | None = None
        try:
            context = await chromium.call(
                chromium.browser.new_context(
                    user_agent=chromium.user_agent,
                    locale="en-US",
                    viewport={"width": 1366, "height": 768},
                    accept_downloads=False,
                    service_workers="block",
                ),
                self._deadlines.context,
                "new context",
            )
            yield await self._session(chromium, context, site)
            await self._keep_pass(chromium, context, site)
        finally:
            chromium.lent -= 1
            if context is not None:
                await self._close_context(chromium, context)
            self._after_use(chromium)

    async def _session(self, chromium: Chromium, context: BrowserContext, site: Site) -> Session:
        if cookies := self._passes.get(site.origin):
            await chromium.call(context.add_cookies(cookies), self._deadlines.context, "cookies")
        page = await chromium.call(context.new_page(), self._deadlines.context, "new page")
        context.on("page", self._close_popup)
        session = Session(chromium, context, page, site, self._deadlines)
        await session.prepare()
        return session

    async def _keep_pass(self, chromium: Chromium, context: BrowserContext, site: Site) -> None:
        if site.kept_cookies:
            with suppress(BrowserLost):
                cookies = await chromium.call(context.cookies(site.origin), self._deadlines.context, "cookies")
                self._passes[site.origin] = [each for each in cookies if each["name"] in site.kept_cookies]

    async def _close_context(self, chromium: Chromium, context: BrowserContext) -> None:
        """Close it in a task of its own, so that a cancelled job cannot leave it behind."""

        async def close() -> None:
            with suppress(BrowserLost):
                await chromium.call(context.close(), self._deadlines.close, "close")

        closing = self._chore(close())
        await asyncio.shield(closing)

    def _close_popup(self, page: Page) -> None:
        async def close() -> None:
            with suppress(Exception):
                await page.close()

        self._chore(close())

    def _after_use(self, chromium: Chromium) -> None:
        reason = self._retirement.reason(chromium, self._clock(), self._memory_bytes)
        if chromium is self._current and not chromium.died.is_set() and reason:
            self.retire(reason)
        elif chromium is not self._current and chromium.lent == 0:
            self._chore(chromium.close())

    def _close_when_unused(self, chromium: Chromium) -> None:
        if chromium.lent == 0:
            self._chore(chromium.close())

    async def _browser(self) -> Chromium:
        """The running browser, or a new one; all who wait share one start."""
        if self._current is not None and not self._current.died.is_set():
            return self._current
        if self._starting is None:
            if self._clock() < self._next_start:
                raise BrowserUnavailable
            self._starting = asyncio.create_task(self._start(), name="browser start")
            self._starting.add_done_callback(_collect)
        return await asyncio.shield(self._starting)

    async def _start(self) -> Chromium:
        try:
            chromium = await self._launch()
        except BrowserUnavailable as error:
            pause = _LAUNCH_PAUSES_SECONDS[min(self._failed_starts, len(_LAUNCH_PAUSES_SECONDS) - 1)]
            self._failed_starts += 1
            self._next_start = self._clock() + pause
            self._count_restart("launch")
            _log.error("browser.not_started", error=str(error), again_in_seconds=pause)
            raise
        else:
            self._failed_starts = 0
            self._memory_bytes = 0
            self._current = chromium
            self._chore(self._await_death(chromium))
            _log.info("browser.started", version=chromium.browser.version, pid=chromium.pid)
            return chromium
        finally:
            self._starting = None

    async def _await_death(self, chromium: Chromium) -> None:
        """Take a dead browser out of service at once and end what is left of it."""
        await chromium.died.wait()
        if chromium.reason == "closed":
            return
        if chromium is self._current:
            self._current = None
            self._count_restart(chromium.reason or "crashed")
        _log.warning("browser.lost", reason=chromium.reason)
        await chromium.close()

    def _count_restart(self, reason: str) -> None:
        self._restarts[reason] += 1
        self._metrics.browser_restarts.labels(reason=reason).inc()

    async def _watch_memory(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AT_MEMORY_SECONDS)
            chromium = self._current
            if chromium is not None and chromium.pid is not None:
                self._memory_bytes = await asyncio.to_thread(tree_bytes, chromium.pid)
                self._metrics.browser_memory_bytes.set(self._memory_bytes)

    def _chore(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        task.add_done_callback(_collect)
        return task


def _collect(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
