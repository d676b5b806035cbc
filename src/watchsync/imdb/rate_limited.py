"""One list on its way in, whatever the strategy: each page goes through the limiter and is counted by what came."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from watchsync.errors import ListUnreadable, OriginRefusal, PageFault
from watchsync.imdb.answers import Limiter
from watchsync.imdb.page import ListPage
from watchsync.imdb.paging import ListPages
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.snapshot import Reading

IsEnough = Callable[[Reading], bool]
"""Says of a first page whether it shows all that was to be known."""
T = TypeVar("T")
_THREAD_FROM = 50_000
"""A larger text is parsed in a thread, so that leases and heartbeats do not wait for it."""
_RESULT_OF_CODE = {"page-timeout": "timeout"}
"""Where the metric says it in fewer words than the error."""


def never(_: Reading) -> bool:
    """No first page is enough: read the whole list."""
    return False


async def parsed(size: int, parse: Callable[[], T]) -> T:
    """Parse a text of ``size`` characters without holding up the event loop."""
    return parse() if size < _THREAD_FROM else await asyncio.to_thread(parse)


class RateLimitedReading:
    """The reading of one list: what was collected, and how each page is asked for."""

    def __init__(
        self, pages: ListPages, limiter: Limiter, metrics: Metrics, report: Callable[[Progress], None]
    ) -> None:
        self.pages = pages
        self._pass = limiter.start_pass()
        self._metrics = metrics
        self._report = report

    async def through(self, ask: Callable[[], Awaitable[T]], forgiven: tuple[type[Exception], ...] = ()) -> T:
        """Wait for the limiter, ask, count what came and tell the limiter; what is ``forgiven`` is only raised."""
        await self._pass.enter()
        started = monotonic()
        try:
            answer = await ask()
        except forgiven:
            raise
        except OriginRefusal as refusal:
            self._count(refusal.code, started)
            refusal.retry_after_seconds = await self._pass.report_refusal(refusal) or refusal.retry_after_seconds
            raise
        except ListUnreadable as state:
            self._count(state.code, started)
            await self._pass.report_ok()
            raise
        except PageFault as fault:
            self._count(fault.code, started)
            await self._pass.report_fault(fault)
            raise
        if isinstance(answer, ListPage):
            self._count(answer.form, started)
        await self._pass.report_ok()
        return answer

    def take(self, page: ListPage) -> None:
        """Take in the next page and say how far we are."""
        self.pages.add(page)
        self._metrics.rows_read.inc(len(page.rows))
        self._report(_progress(self.pages))

    def is_enough(self, enough: IsEnough) -> bool:
        """Whether the first page makes all further ones unnecessary."""
        return self.pages.next_page == 2 and enough(self.pages.reading())

    def _count(self, what: str, started: float) -> None:
        self._metrics.pages.labels(result=_RESULT_OF_CODE.get(what, what)).inc()
        self._metrics.page_seconds.observe(monotonic() - started)


def _progress(pages: ListPages) -> Progress:
    if pages.total is None:
        return Progress("reading", f"Read {pages.rows:,} titles", pages.rows)
    done = min(pages.rows, pages.total)
    return Progress("reading", f"Read {done:,} of {pages.total:,} titles", done, pages.total)
