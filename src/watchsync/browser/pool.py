"""Who may use the browser now? Slots are lent one context each, and always come back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from playwright.async_api import Page

from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.deadline import ended
from watchsync.browser.launcher import Launch
from watchsync.browser.retirement import Retirement
from watchsync.browser.session import Session, Site
from watchsync.browser.smoke_test import smoke_test
from watchsync.browser.spare import Lending, Spare
from watchsync.browser.supervisor import Supervisor
from watchsync.errors import BrowserLost, PoolExhausted, WatchsyncError
from watchsync.metrics import Metrics

T = TypeVar("T")
_TRIES = 2
"""A lending that finds its browser dead before it began is given the next one."""


@dataclass(frozen=True, slots=True)
class PoolHealth:
    """How the pool is.

    ``is_well`` is false while a browser is missed, ``is_available`` while none can be had; ``sentence`` says it for
    people, ``restarts`` how often one was replaced.
    """

    is_well: bool
    is_available: bool
    lent: int
    slots: int
    restarts: int
    sentence: str


class Pool:
    """One browser, a number of slots, and a fresh context for every lending.

    A browser that crashes, hangs or is retired is replaced; only the jobs that were on it notice. With ``keeps_spare``
    the context and page of the next lending are made as soon as a slot comes back; together with those that are lent
    there are never more contexts than slots.
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
        keeps_spare: bool = False,
        look_seconds: float = 10,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._metrics = metrics
        self._slots = slots
        self._free = asyncio.Semaphore(slots)
        self._wait_seconds = wait_seconds
        self._deadlines = deadlines or Deadlines()
        self._supervisor = Supervisor(
            launch,
            lambda chromium: smoke_test(chromium, self._deadlines),
            metrics,
            retirement=retirement or Retirement(),
            look_seconds=look_seconds,
            clock=clock,
        )
        self._keeps_spare = keeps_spare
        self._clearances: dict[str, list[Any]] = {}
        self._ending: set[asyncio.Task[Any]] = set()
        self._spare = Spare(self._open, self._clearances, self._spawn)
        self._lent = 0

    async def __aenter__(self) -> Self:
        self._supervisor.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keeps_spare = False
        await self.settled()
        await self._supervisor.close()

    async def settled(self) -> None:
        """Return once everything that was given back is closed."""
        while self._ending:
            await asyncio.wait(self._ending)

    @property
    def health(self) -> PoolHealth:
        """How the pool is at this moment."""
        now = self._supervisor.condition
        return PoolHealth(now.is_well, now.is_available, self._lent, self._slots, now.restarts, now.sentence)

    @property
    def lent(self) -> int:
        """How many slots are lent."""
        return self._lent

    def is_available(self) -> bool:
        """Whether a job may hope for a browser; if not, it had better stay where it is."""
        return self._supervisor.condition.is_available

    def retire(self, reason: str) -> None:
        """Let the next job have a new browser; the running one is closed when its last job is done."""
        self._supervisor.retire(reason)

    async def kill(self, reason: str) -> None:
        """End the browser now; the jobs on it lose their pages."""
        await self._supervisor.kill(reason)

    @asynccontextmanager
    async def lend(self, site: Site) -> AsyncIterator[Session]:
        """Lend a fresh context; first come, first served. Nobody waits for its end, but the slot comes back only then.

        Raises PoolExhausted when no slot came free in time, BrowserUnavailable when no browser starts, BrowserLost.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise PoolExhausted from None
        lending = Lending(site)
        self._count_lent(1)
        try:
            yield await self._session(lending)
            await self._keep_clearance(lending)
        finally:
            # In a task of its own: a job that is cancelled leaves nothing behind, and one that is done goes on.
            self._spawn(self._take_back(lending))

    async def _session(self, lending: Lending) -> Session:
        for tries_left in reversed(range(_TRIES)):
            lending.chromium = chromium = await self._supervisor.take()
            try:
                return await self._opened(lending, chromium)
            except BrowserLost:
                if not (tries_left and chromium.died.is_set()):
                    raise
                lending.chromium = lending.context = None
                self._supervisor.give_back(chromium)
        raise BrowserLost

    async def _opened(self, lending: Lending, chromium: Chromium) -> Session:
        return await self._spare.take(lending) or await self._open(lending, chromium)

    async def _open(self, lending: Lending, chromium: Chromium) -> Session:
        lending.cookies = self._clearances.get(lending.site.origin)
        lending.context = context = await chromium.open_context(lending.cookies)
        page = await chromium.call(context.new_page(), self._deadlines.context, "new page")
        context.on("page", self._close_popup)
        session = Session(chromium, context, page, lending.site, self._deadlines)
        await session.prepare()
        return session

    async def _take_back(self, lending: Lending) -> None:
        chromium, context = lending.chromium, lending.context
        try:
            if chromium is not None and context is not None:
                await chromium.close_context(context)
        finally:
            self._count_lent(-1)
            self._free.release()
            if chromium is not None:
                self._supervisor.give_back(chromium)
                if self._keeps_spare and self._supervisor.serves(chromium):
                    self._spare.make(chromium, lending.site)

    async def _keep_clearance(self, lending: Lending) -> None:
        """Hand on the cookies that say that the site's check was passed, and no others."""
        chromium, context, site = lending.chromium, lending.context, lending.site
        if chromium is not None and context is not None and site.kept_cookies:
            with suppress(WatchsyncError):
                cookies = await chromium.call(context.cookies(site.origin), self._deadlines.context, "cookies")
                self._clearances[site.origin] = [each for each in cookies if each["name"] in site.kept_cookies]

    def _close_popup(self, page: Page) -> None:
        self._spawn(ended(page.close(), self._deadlines.close))

    def _count_lent(self, change: int) -> None:
        self._lent += change
        self._metrics.browser_contexts.set(self._lent)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task
