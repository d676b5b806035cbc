"""Read a whole list from IMDb's GraphQL service, without a browser."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from watchsync.imdb.answers import DataService, Limiter
from watchsync.imdb.graphql_queries import Question, owner_of, page_of
from watchsync.imdb.graphql_response import page_from, read_answer, user_id_from
from watchsync.imdb.page import ListPage
from watchsync.imdb.paging import ListPages
from watchsync.imdb.rate_limited import IsEnough, RateLimitedReading, never, parsed
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading


class GraphqlReader:
    """The strategy ``graphql``: 250 rows a question. It offers watchlists and lists, but no ratings."""

    name = "graphql"

    def __init__(self, service: DataService, limiter: Limiter, metrics: Metrics) -> None:
        self._service = service
        self._limiter = limiter
        self._metrics = metrics

    def can_read(self, ref: ListRef) -> bool:
        """The service shows ratings to their owner only."""
        return ref.kind is not ListKind.RATINGS

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough = never) -> Reading:
        """Read the whole list, or only its first page where that ``is_enough``.

        Raises the state that the service answers: ListUnreadable, OriginRefusal, PageFault.
        """
        report(Progress("opening", "Asking IMDb's data service for the list"))
        reading = RateLimitedReading(ListPages(ref, self.name), self._limiter, self._metrics, report)
        user_id = await reading.through(partial(self._owner, ref.id)) if ref.id.startswith("p.") else ref.id
        cursor: str | None = None
        while reading.pages.next_page is not None:
            page = await reading.through(partial(self._page, page_of(ref, user_id, cursor)))
            reading.take(replace(page, ids=(user_id, *page.ids)))
            if reading.is_enough(is_enough):
                return reading.pages.reading(is_glance=True)
            cursor = page.cursor
        return reading.pages.reading()

    async def _owner(self, profile_id: str) -> str:
        question = owner_of(profile_id)
        answer = await self._service.ask(question)
        return user_id_from(read_answer(answer.status, answer.headers, answer.body, question.field))

    async def _page(self, question: Question) -> ListPage:
        answer = await self._service.ask(question)
        return await parsed(
            len(answer.body),
            lambda: page_from(read_answer(answer.status, answer.headers, answer.body, question.field)),
        )
