"""Read a whole list through the browser: the first page as a person would, the rest from inside that page."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import resources
from typing import Protocol

from watchsync.browser.session import Answer, Session, Site
from watchsync.errors import ChallengeUnsolved, OriginUnreachable, PageDrifted
from watchsync.imdb.address import page_url
from watchsync.imdb.ahead import Ahead
from watchsync.imdb.page import Capture, Page, read_page
from watchsync.imdb.tour import IsEnough, Tour, never, parsed
from watchsync.imdb.walk import Walk
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.origin.gate import Gate
from watchsync.refs import ListRef
from watchsync.snapshot import Reading

_NAVIGATION_MAY_HELP = (ChallengeUnsolved, OriginUnreachable, PageDrifted)
"""What a page fetched from inside another may meet although it opens well by itself, such as an expired pass."""


class Lender(Protocol):
    """Whoever lends browser sessions."""

    def lend(self, site: Site) -> AbstractAsyncContextManager[Session]:
        """Lend a fresh session for a site."""


class PageReader:
    """The strategy ``page``: IMDb's own pages, in an ordinary browser; ``remote-page`` when that runs elsewhere."""

    def __init__(self, lender: Lender, gate: Gate, metrics: Metrics, *, origin: str, name: str = "page") -> None:
        self.name = name
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

    def can_read(self, _: ListRef) -> bool:
        """Every list has a page."""
        return True

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough = never) -> Reading:
        """Walk over the whole list, or over its first page where that ``is_enough``.

        Raises the state that a page shows (ListUnreadable, OriginRefusal, PageFault) or Infrastructure.
        """
        report(Progress("opening", "Opening the list on IMDb"))
        tour = Tour(Walk(ref, self.name), self._gate, self._metrics, report)
        async with self._lender.lend(self._site) as session:
            pages = _Pages(session, tour, ref, self._origin, self._gate.at_once)
            tour.take(await pages.open(1))
            if tour.is_enough(is_enough):
                return tour.walk.reading(is_glance=True)
            async with Ahead(pages.fetch) as ahead:
                while (number := tour.walk.next_page) is not None:
                    tour.take(await pages.next(number, ahead))
        return tour.walk.reading()


class _Pages:
    """The two ways to one page within a session."""

    def __init__(self, session: Session, tour: Tour, ref: ListRef, origin: str, at_once: int) -> None:
        self._session = session
        self._tour = tour
        self._ref = ref
        self._origin = origin
        self._at_once = at_once

    async def next(self, number: int, ahead: Ahead) -> Page:
        """The page by a fetch, with those after it under way; by navigation where only that may help.

        A navigation takes the page away from under every other fetch, so those are given up before it.
        """
        ahead.start(number)
        for later in range(number + 1, number + self._at_once):
            if self._tour.walk.knows_of(later):
                ahead.start(later)
        try:
            return await ahead.page(number)
        except _NAVIGATION_MAY_HELP:
            await ahead.give_up()
        return await self.open(number)

    async def open(self, number: int) -> Page:
        url = page_url(self._origin, self._ref, number)

        async def ask() -> Page:
            return await self._read(await self._session.open(url), url)

        return await self._tour.through(ask)

    async def fetch(self, number: int) -> Page:
        url = page_url(self._origin, self._ref, number)

        async def ask() -> Page:
            return await self._read(await self._session.fetch(url), url)

        return await self._tour.through(ask, forgiven=_NAVIGATION_MAY_HELP)

    async def _read(self, answer: Answer, url: str) -> Page:
        text, is_html = answer.captured, answer.captured.startswith("<")
        capture = Capture(answer.status, answer.headers, None if is_html else text, text if is_html else None, url)
        return await parsed(len(text), lambda: read_page(capture, self._ref))
