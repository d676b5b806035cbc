"""One job's own browser context and page: open an address, fetch further ones from inside the page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from playwright.async_api import BrowserContext, Error, Page, Response

from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.errors import PageTimeout

_NEVER_NEEDED = (
    "png",
    "jpg",
    "jpeg",
    "webp",
    "gif",
    "svg",
    "ico",
    "avif",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "css",
    "mp4",
    "webm",
    "m3u8",
    "mp3",
)
_CHALLENGE_HEADER = "x-amzn-waf-action"
_LARGEST_BODY = 30_000_000
_FETCH = """async ([url, milliseconds, largest]) => {
  const capture = %s;
  const answer = await fetch(url, {credentials: 'include', signal: AbortSignal.timeout(milliseconds)});
  const bytes = await answer.arrayBuffer();
  const text = bytes.byteLength > largest ? '' : new TextDecoder().decode(bytes);
  return JSON.stringify({status: answer.status, headers: Object.fromEntries(answer.headers), ...capture(text)});
}"""
_CAPTURE = "() => JSON.stringify((%s)(null))"


@dataclass(frozen=True, slots=True)
class Site:
    """What the pool may know of a site: what to load of it, what to keep of it, and how to read its pages."""

    origin: str
    capture: str
    """JavaScript: a function of a page's HTML (``null``: the open page) that answers what is read of it."""
    is_checking: str = "() => false"
    """JavaScript: whether the open page is the site's own check, and not yet what was asked for."""
    allowed_hosts: tuple[str, ...] = ()
    """Further hosts that the site's own checks load scripts from."""
    kept_cookies: frozenset[str] = field(default_factory=frozenset)
    """Names of cookies that one context hands on to the next."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a site and what the capture made of it."""

    status: int
    headers: Mapping[str, str]
    captured: Mapping[str, Any]


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
        self._documents: asyncio.Queue[Response] = asyncio.Queue()
        page.on("response", self._note_document)

    async def prepare(self) -> None:
        """Load nothing that is not needed. Blocking in the browser costs no round trip and keeps its cache."""
        cdp = await self._call(self._context.new_cdp_session(self._page), self._deadlines.context, "page session")
        await self._call(cdp.send("Network.enable"), self._deadlines.context, "network")
        await self._call(
            cdp.send("Network.setBlockedURLs", {"urlPatterns": blocking(self._site)}),
            self._deadlines.context,
            "blocking",
        )

    async def open(self, url: str) -> Answer:
        """Go to an address as a person would; the site's own browser check may run and reload.

        Raises PageTimeout, OriginUnreachable, BrowserLost.
        """
        while not self._documents.empty():
            self._documents.get_nowait()
        milliseconds = self._deadlines.navigation * 1000
        response = await self._call(
            self._page.goto(url, wait_until="domcontentloaded", timeout=milliseconds),
            self._deadlines.navigation + 5,
            "navigation",
        )
        if response is None:
            raise PageTimeout
        if _is_challenged(response):
            response = await self._after_challenge(response)
        if _is_challenged(response):
            return Answer(response.status, response.headers, {})
        captured = await self._evaluate(_CAPTURE % self._site.capture, None)
        return Answer(response.status, response.headers, captured)

    async def fetch(self, url: str) -> Answer:
        """Fetch a further page from inside the open one, which neither renders it nor loads its parts."""
        milliseconds = int(self._deadlines.navigation * 1000)
        found = await self._evaluate(_FETCH % self._site.capture, [url, milliseconds, _LARGEST_BODY])
        return Answer(int(found["status"]), found["headers"], found)

    async def _after_challenge(self, first: Response) -> Response:
        """Wait for the document that follows the page's own check; a second check in a row is an answer too."""
        try:
            async with asyncio.timeout(self._deadlines.challenge):
                while True:
                    document = await self._documents.get()
                    if document != first:
                        break
        except TimeoutError:
            return first
        if not _is_challenged(document):
            # An answer is heard before its document has taken the place of the old one.
            arrived = f"() => !({self._site.is_checking})() && document.readyState !== 'loading'"
            waiting = self._page.wait_for_function(arrived, polling=50, timeout=self._deadlines.navigation * 1000)
            await self._call(waiting, self._deadlines.navigation + 5, "load")
        return document

    async def _evaluate(self, script: str, argument: object) -> Mapping[str, Any]:
        seconds = self._deadlines.evaluate + (self._deadlines.navigation if argument else 0)
        text = await self._call(self._page.evaluate(script, argument), seconds, "evaluate")
        captured: Mapping[str, Any] = orjson.loads(text)
        return captured

    async def _call(self, awaitable: Any, seconds: float, what: str) -> Any:
        return await self._chromium.call(awaitable, seconds, what)

    def _note_document(self, response: Response) -> None:
        try:
            if response.request.is_navigation_request() and response.frame == self._page.main_frame:
                self._documents.put_nowait(response)
        except Error:  # the frame went while its answer came
            return


def blocking(site: Site) -> list[dict[str, Any]]:
    """Rules for ``Network.setBlockedURLs``, the first that matches counts: no decoration, then the site, then none."""
    hosts = [site.origin.partition("://")[2], *site.allowed_hosts]
    rules: list[dict[str, Any]] = [{"urlPattern": f"*://*:*/*.{ending}", "block": True} for ending in _NEVER_NEEDED]
    rules += [{"urlPattern": f"*://{_pattern(host)}/*", "block": False} for host in hosts]
    return [*rules, {"urlPattern": "*://*:*/*", "block": True}]


def _pattern(host: str) -> str:
    return host if ":" in host else f"{host}:*"


def _is_challenged(response: Response) -> bool:
    return response.status == 202 or response.headers.get(_CHALLENGE_HEADER) == "challenge"
