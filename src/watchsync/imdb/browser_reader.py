"""Read a whole list through the browser: the first page as a person would, the rest from inside that page."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import resources
from typing import Protocol

from watchsync.browser.session import Site
from watchsync.errors import ChallengeUnsolved, OriginUnreachable, PageDrifted
from watchsync.imdb.address import page_url
from watchsync.imdb.answers import Limiter, PageResponse, PageSession
from watchsync.imdb.page import Capture, ListPage, read_page
from watchsync.imdb.paging import ListPages
from watchsync.imdb.prefetch import Prefetch
from watchsync.imdb.rate_limited import IsEnough, RateLimitedReading, never, parsed
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
from watchsync.snapshot import Reading

CHECK_PLACES = ("*.awswaf.com:443",)
"""Where the site's own browser check has its scripts and gives its passes, as ``host:port``."""
_NAVIGATION_MAY_HELP = (ChallengeUnsolved, OriginUnreachable, PageDrifted)
"""What a page fetched from inside another may meet although it opens well by itself, such as an expired pass."""


class Lender(Protocol):
    """Whoever lends browser sessions."""

    def lend(self, site: Site) -> AbstractAsyncContextManager[PageSession]:
        """Lend a fresh session for a site."""


class BrowserReader:
    """The strategy ``page``: IMDb's own pages, in an ordinary browser; ``remote-page`` when that runs elsewhere."""

    def __init__(
        self,
        lender: Lender,
        limiter: Limiter,
        metrics: Metrics,
        *,
        origin: str,
        name: str = "page",
        check_places: tuple[str, ...] = CHECK_PLACES,
    ) -> None:
        self.name = name
        self._lender = lender
        self._limiter = limiter
        self._metrics = metrics
        self._origin = origin
        self._site = Site(
            origin=origin,
            capture=(resources.files(__package__) / "capture.js").read_text(),
            check_places=check_places,
            kept_cookies=frozenset({"aws-waf-token"}),
        )

    def can_read(self, _: ListRef) -> bool:
        """Every list has a page."""
        return True

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough = never) -> Reading:
        """Read the whole list, or only its first page where that ``is_enough``.

        Raises the state that a page shows (ListUnreadable, OriginRefusal, PageFault) or Infrastructure.
        """
        report(Progress("opening", "Opening the list on IMDb"))
        reading = RateLimitedReading(ListPages(ref, self.name), self._limiter, self._metrics, report)
        async with self._lender.lend(self._site) as session:
            pages = _Pages(session, reading, ref, self._origin, self._limiter.at_once)
            reading.take(await pages.open(1))
            if reading.is_enough(is_enough):
                return reading.pages.reading(is_glance=True)
            async with Prefetch(pages.fetch) as prefetch:
                while (number := reading.pages.next_page) is not None:
                    reading.take(await pages.next(number, prefetch))
        return reading.pages.reading()


class _Pages:
    """The two ways to one page within a session."""

    def __init__(
        self, session: PageSession, reading: RateLimitedReading, ref: ListRef, origin: str, at_once: int
    ) -> None:
        self._session = session
        self._reading = reading
        self._ref = ref
        self._origin = origin
        self._at_once = at_once
        self._landed = ""
        """Where the first page was found."""

    async def next(self, number: int, prefetch: Prefetch) -> ListPage:
        """The page by a fetch, with those after it under way; by navigation where only that may help.

        A navigation takes the page away from under every other fetch, so those are given up before it.
        """
        prefetch.start(number)
        pages = self._reading.pages
        for later in range(number + 1, number + self._at_once):
            if pages.knows_of(later):
                prefetch.start(later)
        try:
            page = await prefetch.page(number)
            if not (pages.is_repeated(page) and pages.is_short):
                return page
        except _NAVIGATION_MAY_HELP:
            pass
        await prefetch.give_up()
        return await self.open(number)

    async def open(self, number: int) -> ListPage:
        """The page by navigation, as a person goes there."""

        async def ask() -> ListPage:
            answer = await self._session.open(self._url(number))
            self._landed = self._landed or answer.url
            return await self._read(answer)

        return await self._reading.through(ask)

    async def fetch(self, number: int) -> ListPage:
        """The page by a fetch from inside the open one."""

        async def ask() -> ListPage:
            return await self._read(await self._session.fetch(self._url(number)))

        return await self._reading.through(ask, forgiven=_NAVIGATION_MAY_HELP)

    def _url(self, number: int) -> str:
        return page_url(self._origin, self._ref, number, landed=self._landed)

    async def _read(self, answer: PageResponse) -> ListPage:
        text, is_html = answer.captured, answer.captured.startswith("<")
        capture = Capture(answer.status, answer.headers, None if is_html else text, text if is_html else None)
        return await parsed(len(text), lambda: read_page(capture, self._ref))
