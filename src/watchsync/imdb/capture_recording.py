"""Note every answer that a list is read from, while it is read."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from watchsync.browser.session import CapturedResponse, Session, Site
from watchsync.errors import WatchsyncError
from watchsync.imdb.answers import DataService, PageResponse, PageSession, ServiceResponse
from watchsync.imdb.browser_reader import Lender
from watchsync.imdb.graphql_queries import Question
from watchsync.imdb.next_data import loaded
from watchsync.imdb.rows import mapping
from watchsync.imdb.strategies import Site as Gate

_OUTLINE = (resources.files(__package__) / "outline.js").read_text()
_BOTH = "(source) => JSON.stringify({captured: (%s)(source), outline: (%s)(source)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was asked for, and what came: an answer, or the error that there was in its place."""

    reading: int
    """Which reading of the list it belongs to, from 1: a doubtful list is read twice."""
    how: str
    """``gate`` and ``lend`` come before a page; ``open``, ``fetch`` and ``ask`` are pages and questions."""
    what: str | Question
    response: CapturedResponse | ServiceResponse | None = None
    error: WatchsyncError | None = None
    outline: Any = None
    """The keys of the page's own JSON, without any value."""


class Recording:
    """Stands between a reader and what it asks; hands on everything unchanged."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.browser: Mapping[str, str] | None = None
        """Mode and version of the browser, where one was lent."""
        self.reading = 0

    def note(self, how: str, what: str | Question, **came: Any) -> None:
        """Write down one exchange."""
        self.exchanges.append(Exchange(reading=self.reading, how=how, what=what, **came))

    def of_pages(self, lender: Lender) -> Lender:
        """The same lender, noted."""
        return _RecordedLender(lender, self)

    def of_service(self, service: DataService) -> DataService:
        """The same service, noted."""
        return _RecordedService(service, self)

    def of_gate(self, gate: Gate, name: str) -> Gate:
        """The same limiter of a site, whose refusals are noted."""
        return _RecordedGate(gate, name, self)


class _RecordedLender:
    def __init__(self, lender: Lender, recording: Recording) -> None:
        self._lender = lender
        self._recording = recording

    def lend(self, site: Site) -> AbstractAsyncContextManager[PageSession]:
        return self._lend(replace(site, capture=_BOTH % (site.capture, _OUTLINE)))

    @asynccontextmanager
    async def _lend(self, site: Site) -> AsyncIterator[PageSession]:
        is_lent = False
        try:
            async with self._lender.lend(site) as session:
                is_lent = True
                if isinstance(session, Session):
                    self._recording.browser = session.made_by
                yield _RecordedSession(session, self._recording)
        except WatchsyncError as error:
            if not is_lent:
                self._recording.note("lend", site.origin, error=error)
            raise


class _RecordedSession:
    def __init__(self, session: PageSession, recording: Recording) -> None:
        self._session = session
        self._recording = recording

    async def open(self, url: str) -> PageResponse:
        return await self._noted("open", url, self._session.open)

    async def fetch(self, url: str) -> PageResponse:
        return await self._noted("fetch", url, self._session.fetch)

    async def _noted(self, how: str, url: str, ask: Callable[[str], Any]) -> PageResponse:
        try:
            response: PageResponse = await ask(url)
        except WatchsyncError as error:
            self._recording.note(how, url, error=error)
            raise
        both = mapping(loaded(response.captured))
        captured = both.get("captured")
        text = captured if isinstance(captured, str) else response.captured
        kept = CapturedResponse(response.status, response.headers, text, response.url)
        self._recording.note(how, url, response=kept, outline=both.get("outline"))
        return kept


class _RecordedService:
    def __init__(self, service: DataService, recording: Recording) -> None:
        self._service = service
        self._recording = recording

    async def ask(self, question: Question) -> ServiceResponse:
        try:
            response = await self._service.ask(question)
        except WatchsyncError as error:
            self._recording.note("ask", question, error=error)
            raise
        self._recording.note("ask", question, response=response)
        return response


class _RecordedGate:
    def __init__(self, gate: Gate, name: str, recording: Recording) -> None:
        self._gate = gate
        self._name = name
        self._recording = recording

    async def refuse_while_open(self) -> None:
        try:
            await self._gate.refuse_while_open()
        except WatchsyncError as error:
            self._recording.note("gate", self._name, error=error)
            raise

    async def note_used(self) -> None:
        await self._gate.note_used()
