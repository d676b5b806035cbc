"""One job's own browser context and page: open an address, fetch further ones from inside the page."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, TypeVar

import orjson
from playwright.async_api import BrowserContext, Error, Frame, Page, Request, Response

from watchsync.browser.blocking import blocked_urls
from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.places import place
from watchsync.errors import BrowserLost, OriginUnreachable, PageDrifted, PageTimeout, WatchsyncError

_CHALLENGE_HEADER = "x-amzn-waf-action"
_LARGEST_BODY = 30_000_000
_MOST_FETCHED = 100_000_000
"""Bytes that one page may fetch: Playwright keeps up to 200 MB of them in the renderer until the page is left."""
_FETCH = (resources.files(__package__) / "fetch.js").read_text()
_CAPTURE_WORD = "CAPTURE"
"""Where fetch.js has the capture put in."""
_CAPTURE = "() => (%s)(null)"
_NO_BUFFER = {"maxTotalBufferSize": 1, "maxResourceBufferSize": 1}
"""This CDP session reads no bodies."""
_CUT_SHORT = "net::ERR_ABORTED"
_NO_PAGE = frozenset({204, 205})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """What the pool may know of a site: what to load of it, what to keep of it, and how to read its pages."""

    origin: str
    capture: str
    """JavaScript: a function of a page's HTML (``null``: the open page) that answers, as text, what is read of it."""
    check_places: tuple[str, ...] = ()
    """Further places (``host:port``) that the site's own check talks to."""
    kept_cookies: frozenset[str] = field(default_factory=frozenset)
    """Names of cookies that one context hands on to the next."""


@dataclass(frozen=True, slots=True)
class CapturedResponse:
    """One answer of a site and what the capture made of it."""

    status: int
    headers: Mapping[str, str]
    captured: str
    url: str = ""
    """Where it was found, behind all redirects."""


class Session:
    """A context with one page. Made and closed by the pool."""

    def __init__(
        self, chromium: Chromium, context: BrowserContext, page: Page, site: Site, deadlines: Deadlines
    ) -> None:
        self._chromium = chromium
        self._context = context
        self._page = page
        self._site = site
        self._deadlines = deadlines
        self._answer: Response | None = None
        """What the site answered last; its document may not have taken the place of the old one yet."""
        self._document: Response | None = None
        self._loaded: asyncio.Queue[Response | WatchsyncError] = asyncio.Queue()
        """Each document that was parsed to its end, or why it was not, in order."""
        self._opening_bytes = 0
        """What came since an address was opened, decoration and fetches too."""
        self._has_crashed = False
        page.on("response", self._note_response)
        page.on("framenavigated", self._note_arrival)
        page.on("domcontentloaded", self._note_loaded)
        page.on("requestfailed", self._note_failed)
        page.on("crash", self._note_crash)

    @property
    def is_untouched(self) -> bool:
        """Whether the page still is as it was made; the system may end a page's process at any time."""
        return not (self._has_crashed or self._page.is_closed())

    @property
    def made_by(self) -> Mapping[str, str]:
        """The browser: its ``mode`` (``elsewhere`` for one that runs elsewhere) and ``version``."""
        choice = self._chromium.choice
        return {"mode": choice.mode if choice else "elsewhere", "version": self._chromium.browser.version}

    async def prepare(self) -> None:
        """Load nothing that is not needed. Blocking in the browser costs no round trip and keeps its cache."""
        wait = self._deadlines.context
        cdp = await self._chromium.call(self._context.new_cdp_session(self._page), wait, "page session")
        cdp.on("Network.dataReceived", self._note_data)
        rules = {"urlPatterns": blocked_urls([place(self._site.origin), *self._site.check_places])}

        async def tell(method: str, parameters: dict[str, Any], what: str) -> None:
            # Made here, so that a call cancelled before it began leaves no coroutine behind.
            await self._chromium.call(cdp.send(method, parameters), wait, what)

        await asyncio.gather(
            tell("Network.enable", _NO_BUFFER, "network"),
            tell("Network.setBlockedURLs", rules, "blocking"),
            tell("Page.setPrerenderingAllowed", {"isAllowed": False}, "no prerendering"),
        )

    async def open(self, url: str) -> CapturedResponse:
        """Go to an address as a person would; the site's own browser check may run and reload.

        An answer that still is a challenge means that the check did not let us through.
        Raises PageTimeout, OriginUnreachable, PageDrifted, BrowserLost.
        """
        while not self._loaded.empty():
            self._loaded.get_nowait()
        self._opening_bytes, self._answer = 0, None
        wait = self._deadlines.navigation
        await self._navigate(url, wait)
        document = await self._next_document(wait)
        if _is_challenged(document):
            try:
                document = await self._next_document(self._deadlines.challenge)
            except PageTimeout:
                return CapturedResponse(document.status, document.headers, "")
        if _is_challenged(document):
            return CapturedResponse(document.status, document.headers, "")
        evaluating = self._page.evaluate(_CAPTURE % self._site.capture)
        captured = await self._of_page(evaluating, self._deadlines.evaluate, "capture")
        self._chromium.note_answer()
        return CapturedResponse(document.status, document.headers, captured, document.url)

    async def fetch(self, url: str) -> CapturedResponse:
        """Fetch a further page from inside the open one, which neither renders it nor loads its parts.

        Several may be under way at once, but not while a page is being opened.
        Raises PageTimeout, OriginUnreachable, PageDrifted (also where only opening a page frees memory), BrowserLost.
        """
        if self._opening_bytes > _MOST_FETCHED:
            raise PageDrifted("Enough was fetched from inside of this page; the next one is to be opened.")
        wait = self._deadlines.navigation
        fetching = self._page.evaluate(
            _FETCH.replace(_CAPTURE_WORD, self._site.capture), [url, int(wait * 1000), _LARGEST_BODY]
        )
        found: str = await self._of_page(fetching, wait + self._deadlines.evaluate, "fetch")
        self._chromium.note_answer()
        line, _, captured = found.partition("\n")
        head = orjson.loads(line)
        return CapturedResponse(int(head["status"]), head["headers"], captured, str(head["url"]))

    async def _navigate(self, url: str, seconds: float) -> None:
        """Go there until the answer is on its way. A navigation also breaks off when a process behind it dies."""
        try:
            going = self._page.goto(url, wait_until="commit", timeout=seconds * 1000)
            await self._of_page(going, seconds + 1, "navigation")
        except BrowserLost:
            if self._answer is not None and self._answer.status in _NO_PAGE:
                raise OriginUnreachable(
                    f"The site answers without a page ({self._answer.status}); we try again."
                ) from None
            raise

    async def _next_document(self, seconds: float) -> Response:
        waiting = asyncio.wait_for(self._loaded.get(), seconds)
        try:
            document = await self._of_page(waiting, seconds + 1, "load")
        except TimeoutError:
            raise PageTimeout from None
        if isinstance(document, WatchsyncError):
            raise document
        return document

    async def _of_page(self, awaitable: Awaitable[T], seconds: float, what: str) -> T:
        """A page may be slow or loop for ever without harm to the browser: closing the context ends it."""
        return await self._chromium.call(awaitable, seconds, what, on_timeout=PageTimeout)

    def _note_response(self, response: Response) -> None:
        if self._is_document(response.request):
            self._answer = response

    def _note_arrival(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self._document = self._answer

    def _note_data(self, event: dict[str, Any]) -> None:
        """A document that is larger than any list is not waited for; closing the context ends it."""
        before, self._opening_bytes = self._opening_bytes, self._opening_bytes + int(event["dataLength"])
        if before <= _LARGEST_BODY < self._opening_bytes:
            self._loaded.put_nowait(PageDrifted("The page is far larger than any list; it was not read."))

    def _note_loaded(self, _: Page) -> None:
        if self._document is not None:
            self._loaded.put_nowait(self._document)

    def _note_crash(self, _: Page) -> None:
        self._has_crashed = True
        self._chromium.note_page_crash()
        self._loaded.put_nowait(BrowserLost("The page crashed; we try again."))

    def _note_failed(self, request: Request) -> None:
        """A document that breaks off has no end; one that a reload cuts short is followed by another."""
        if self._is_document(request) and request.failure != _CUT_SHORT:
            fault = OriginUnreachable(f"The page broke off ({request.failure}); we try again.")
            self._loaded.put_nowait(fault)

    def _is_document(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self._page.main_frame
        except Error:  # the frame went while its answer came
            return False


def _is_challenged(response: Response) -> bool:
    return response.status == 202 or response.headers.get(_CHALLENGE_HEADER) == "challenge"
