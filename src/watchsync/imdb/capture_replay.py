"""Read a list out of a capture: the same readers as ever, answered from the file instead of the network."""

import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from watchsync.browser.session import CapturedResponse, Site
from watchsync.errors import OriginRefusal, PageFault, WatchsyncError
from watchsync.imdb.answers import PageResponse, PageSession, ServiceResponse
from watchsync.imdb.browser_reader import BrowserReader
from watchsync.imdb.capture_file import CapturedList
from watchsync.imdb.capture_inventions import ORIGIN
from watchsync.imdb.graphql_queries import Question
from watchsync.imdb.graphql_reader import GraphqlReader
from watchsync.imdb.rate_limited import IsEnough, never
from watchsync.imdb.rows import Json, mapping, text, whole
from watchsync.imdb.strategies import Strategies, Way
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
from watchsync.snapshot import Reading


class NotCaptured(WatchsyncError):
    """The capture holds no answer to what is asked now: it was made by another version of watchsync."""

    code = "not-captured"


class ReplayReader:
    """The ways by which the captured list was read, in their order."""

    def __init__(self, captured: CapturedList) -> None:
        self._answers = _Answers(captured)
        metrics = Metrics()
        self._strategies = Strategies([self._way(name, metrics) for name in captured.ways], metrics)

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough = never) -> Reading:
        """Read the list once more; raises what its capture came to, or NotCaptured."""
        self._answers.reading += 1
        return await self._strategies.read(ref, report, is_enough)

    def _way(self, name: str, metrics: Metrics) -> Way:
        limiter = _Unlimited(self._answers, name)
        if name == "graphql":
            return Way(GraphqlReader(_Service(self._answers), limiter, metrics), limiter)
        return Way(BrowserReader(_Lender(self._answers), limiter, metrics, origin=ORIGIN, name=name), limiter)


class _Answers:
    """Every exchange by what was asked, in the order in which it came."""

    def __init__(self, captured: CapturedList) -> None:
        self.reading = 0
        self._waiting: defaultdict[str, deque[Json]] = defaultdict(deque)
        for exchange in captured.exchanges:
            self._waiting[_key(exchange.get("reading"), exchange.get("how"), exchange.get("what"))].append(exchange)

    def raise_noted(self, how: str, what: object) -> None:
        """Raise what came before any answer, if something did."""
        if self._waiting[_key(self.reading, how, what)]:
            self.next(how, what)

    def next(self, how: str, what: object) -> Json:
        """The answer; raises the error that came in its place, or NotCaptured."""
        waiting = self._waiting[_key(self.reading, how, what)]
        if not waiting:
            raise NotCaptured
        exchange = waiting.popleft()
        if isinstance(code := exchange.get("error"), str):
            raise _ERRORS.get(code, PageFault)
        return exchange


def _key(*asked: object) -> str:
    return json.dumps(asked, sort_keys=True)


def _body(exchange: Json) -> str:
    if "json" in exchange:
        return json.dumps(exchange["json"])
    return " " * (whole(exchange.get("spaces")) or 0) or text_of(exchange.get("text"))


def text_of(value: object) -> str:
    """A text as it stands."""
    return value if isinstance(value, str) else ""


def _headers(exchange: Json) -> dict[str, str]:
    return {name: value for name, value in mapping(exchange.get("headers")).items() if isinstance(value, str)}


class _Lender:
    def __init__(self, answers: _Answers) -> None:
        self._answers = answers

    @asynccontextmanager
    async def lend(self, _: Site) -> AsyncIterator[PageSession]:
        self._answers.raise_noted("lend", "a page")
        yield _Session(self._answers)


class _Session:
    def __init__(self, answers: _Answers) -> None:
        self._answers = answers

    async def open(self, url: str) -> PageResponse:
        return self._answered("open", url)

    async def fetch(self, url: str) -> PageResponse:
        return self._answered("fetch", url)

    def _answered(self, how: str, url: str) -> PageResponse:
        found = self._answers.next(how, url)
        return CapturedResponse(
            whole(found.get("status")) or 0, _headers(found), _body(found), text(found.get("url")) or ""
        )


class _Service:
    def __init__(self, answers: _Answers) -> None:
        self._answers = answers

    async def ask(self, question: Question) -> ServiceResponse:
        variables: dict[str, Any] = {name: value for name, value in question.variables.items() if name != "first"}
        found = self._answers.next("ask", {"field": question.field, "after": None, **variables})
        return ServiceResponse(whole(found.get("status")) or 0, _headers(found), _body(found).encode())


class _Unlimited:
    """Nobody is asked, so nothing is waited for; what a site was barred by is raised again."""

    at_once = 1

    def __init__(self, answers: _Answers, name: str) -> None:
        self._answers = answers
        self._name = name

    async def refuse_while_open(self) -> None:
        self._answers.raise_noted("gate", self._name)

    async def note_used(self) -> None:
        return

    def start_pass(self) -> "_Unlimited":
        return self

    async def enter(self) -> None:
        return

    async def report_ok(self) -> None:
        return

    async def report_refusal(self, _: OriginRefusal) -> float:
        return 0.0

    async def report_fault(self, _: PageFault) -> float:
        return 0.0


def _errors(branch: type[WatchsyncError]) -> Iterator[type[WatchsyncError]]:
    yield branch
    for each in branch.__subclasses__():
        yield from _errors(each)


_ERRORS = {error.code: error for error in _errors(WatchsyncError)}
