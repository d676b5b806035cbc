"""Read a whole list through the browser: the first page as a person would, the rest from inside that page."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import resources
from time import monotonic
from typing import Protocol

from watchsync.browser.session import Answer, Session, Site
from watchsync.errors import (
    ChallengeUnsolved,
    ListUnreadable,
    OriginCoolingDown,
    OriginRefusal,
    OriginUnreachable,
    PageDrifted,
    PageFault,
)
from watchsync.imdb.address import page_url
from watchsync.imdb.page import Capture, Page, read_page
from watchsync.imdb.walk import Walk
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.origin.gate import Gate, Visit
from watchsync.refs import ListRef
from watchsync.snapshot import Reading

_PARSE_ON_LOOP_CHARACTERS = 50_000
"""A larger page is parsed in a thread, so that leases and heartbeats do not wait for it."""
_NAVIGATION_MAY_HELP = (ChallengeUnsolved, OriginUnreachable, PageDrifted)
"""What a page fetched from inside another may meet although it opens well by itself, such as an expired pass."""
_RESULT_OF_CODE = {"page-timeout": "timeout"}
"""Where the metric says it in fewer words than the error."""


class Lender(Protocol):
    """Whoever lends browser sessions."""

    def lend(self, site: Site) -> AbstractAsyncContextManager[Session]:
        """Lend a fresh session for a site."""


class PageReader:
    """The strategy ``page``: IMDb's own pages, in an ordinary browser, one after the other."""

    def __init__(self, lender: Lender, gate: Gate, metrics: Metrics, *, origin: str) -> None:
        self._lender = lender
        self._gate = gate
        self._metrics = metrics
        self._origin = origin
        self._site = Site(
            origin=origin,
            capture=(resources.files(__package__) / "capture.js").read_text(),
            allowed_hosts=("*.awswaf.com",),
            kept_cookies=frozenset({"aws-waf-token"}),
        )

    async def read(self, ref: ListRef, report: Callable[[Progress], None]) -> Reading:
        """Walk over the whole list.

        Raises the state that a page shows (ListUnreadable, OriginRefusal, PageFault) or Infrastructure.
        """
        report(Progress("opening", "Opening the list on IMDb"))
        walk = Walk(ref)
        visit = self._gate.visit()
        async with self._lender.lend(self._site) as session:
            while (number := walk.next_page) is not None:
                page = await self._page(session, visit, ref, number)
                walk.add(page)
                self._metrics.rows_read.inc(len(page.rows))
                report(_progress(walk))
        return walk.reading()

    async def _page(self, session: Session, visit: Visit, ref: ListRef, number: int) -> Page:
        """One page, counted by what came, and the gate told of it."""
        await visit.enter()
        started = monotonic()
        try:
            page = await self._answered(session, visit, ref, number)
        except OriginCoolingDown:
            raise
        except OriginRefusal as refusal:
            self._count(refusal.code, started)
            refusal.retry_after_seconds = await visit.report_refusal(refusal) or refusal.retry_after_seconds
            raise
        except (ListUnreadable, PageFault) as fault:
            self._count(fault.code, started)
            if isinstance(fault, ListUnreadable):
                await visit.report_ok()
            raise
        self._count(page.strategy.partition(":")[2], started)
        await visit.report_ok()
        return page

    async def _answered(self, session: Session, visit: Visit, ref: ListRef, number: int) -> Page:
        url = page_url(self._origin, ref, number)
        if number > 1:
            try:
                return await _read(await session.fetch(url), ref, url)
            except _NAVIGATION_MAY_HELP:
                await visit.enter()
        return await _read(await session.open(url), ref, url)

    def _count(self, what: str, started: float) -> None:
        self._metrics.pages.labels(result=_RESULT_OF_CODE.get(what, what)).inc()
        self._metrics.page_seconds.observe(monotonic() - started)


async def _read(answer: Answer, ref: ListRef, url: str) -> Page:
    captured = answer.captured
    capture = Capture(answer.status, answer.headers, captured.get("nextData"), captured.get("html"), url)
    if len(capture.next_data or capture.html or "") < _PARSE_ON_LOOP_CHARACTERS:
        return read_page(capture, ref)
    return await asyncio.to_thread(read_page, capture, ref)


def _progress(walk: Walk) -> Progress:
    if walk.total is None:
        return Progress("reading", f"Read {walk.rows:,} titles", walk.rows)
    done = min(walk.rows, walk.total)
    return Progress("reading", f"Read {done:,} of {walk.total:,} titles", done, walk.total)
