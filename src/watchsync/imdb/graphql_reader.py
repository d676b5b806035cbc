"""Read a whole list from IMDb's GraphQL service, without a browser."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import orjson

from watchsync.errors import OriginUnreachable, PageDrifted, PageTimeout
from watchsync.imdb.graphql_queries import Question, owner_of, page_of
from watchsync.imdb.graphql_response import page_from, read_answer, user_id_from
from watchsync.imdb.page import ListPage
from watchsync.imdb.paging import ListPages
from watchsync.imdb.rate_limited import IsEnough, RateLimitedReading, never, parsed
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading

_LARGEST_BYTES = 8_000_000
"""An honest answer of 250 rows has a twentieth of this."""


class GraphqlReader:
    """The strategy ``graphql``: 250 rows a question. It offers watchlists and lists, but no ratings."""

    name = "graphql"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        limiter: RateLimiter,
        metrics: Metrics,
        *,
        url: str,
        answer_seconds: float = 20.0,
    ) -> None:
        self._session = session
        self._limiter = limiter
        self._metrics = metrics
        self._url = url
        self._answer_seconds = answer_seconds

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
            reading.take(page)
            if reading.is_enough(is_enough):
                return reading.pages.reading(is_glance=True)
            cursor = page.cursor
        return reading.pages.reading()

    async def _owner(self, profile_id: str) -> str:
        question = owner_of(profile_id)
        return user_id_from(read_answer(*await self._answered(question), question.field))

    async def _page(self, question: Question) -> ListPage:
        status, headers, body = await self._answered(question)
        return await parsed(len(body), lambda: page_from(read_answer(status, headers, body, question.field)))

    async def _answered(self, question: Question) -> tuple[int, Mapping[str, str], bytes]:
        asked = orjson.dumps({"query": question.query, "variables": question.variables})
        try:
            async with (
                asyncio.timeout(self._answer_seconds),
                self._session.post(self._url, data=asked, allow_redirects=False) as response,
            ):
                headers = {name.lower(): value for name, value in response.headers.items()}
                return response.status, headers, await _body(response)
        except TimeoutError:
            raise PageTimeout from None
        except (aiohttp.ClientError, OSError) as error:
            why = type(error).__name__
            raise OriginUnreachable(
                f"IMDb's data service could not be reached ({why}). We retry automatically."
            ) from error


@asynccontextmanager
async def open_session(client_name: str) -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP session that says who asks, without which the service refuses, and in which language; no cookies."""
    headers = {
        "x-imdb-client-name": client_name,
        "x-imdb-user-language": "en-US",
        "x-imdb-user-country": "US",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body within its bound; its announced length may be missing or a lie."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST_BYTES:
            raise PageDrifted("IMDb's data service sent far more than any list; it was not read.")
    return bytes(body)
