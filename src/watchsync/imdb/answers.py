"""How does a reader get its answers? Live, while they are captured, and out of a capture: always through here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from watchsync.errors import OriginRefusal, PageFault
from watchsync.imdb.graphql_queries import Question


class PageResponse(Protocol):
    """One answer of the pages' site; see ``browser.session.CapturedResponse``."""

    @property
    def status(self) -> int:
        """Of HTTP."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""

    @property
    def captured(self) -> str:
        """What the browser left of the page."""

    @property
    def url(self) -> str:
        """Where it was found."""


class PageSession(Protocol):
    """One page of a browser; raises PageFault or BrowserLost."""

    async def open(self, url: str) -> PageResponse:
        """Go to an address as a person would."""

    async def fetch(self, url: str) -> PageResponse:
        """Fetch a further page from inside the open one."""


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """One answer of the data service; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class DataService(Protocol):
    """IMDb's GraphQL service."""

    async def ask(self, question: Question) -> ServiceResponse:
        """Its answer; raises PageTimeout, OriginUnreachable, or PageDrifted for one without end."""


class Pass(Protocol):
    """One list's passage through the limiter; see ``origin.rate_limiter.Pass``."""

    async def enter(self) -> None:
        """Wait until the next page may be asked for."""

    async def report_ok(self) -> None:
        """The site answered as it should."""

    async def report_refusal(self, refusal: OriginRefusal) -> float:
        """The site said no; for how many seconds it is left alone."""

    async def report_fault(self, fault: PageFault, /) -> float:
        """Nothing useful came; for how many seconds the site is left alone."""


class Limiter(Protocol):
    """What stands before a site; see ``origin.rate_limiter.RateLimiter``."""

    @property
    def at_once(self) -> int:
        """How many pages of one list may be under way."""

    def start_pass(self) -> Pass:
        """The reading of one list."""
