"""Ask IMDb's GraphQL service one question, within a time and a size."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import orjson

from watchsync.errors import OriginUnreachable, PageDrifted, PageTimeout
from watchsync.imdb.answers import ServiceResponse
from watchsync.imdb.graphql_queries import Question

_LARGEST_BYTES = 8_000_000
"""An honest answer of 250 rows has a twentieth of this."""


class GraphqlService:
    """The service at an address."""

    def __init__(self, session: aiohttp.ClientSession, *, url: str, answer_seconds: float = 20.0) -> None:
        self._session = session
        self._url = url
        self._answer_seconds = answer_seconds

    async def ask(self, question: Question) -> ServiceResponse:
        """Its answer; raises PageTimeout, OriginUnreachable, or PageDrifted for one without end."""
        asked = orjson.dumps({"query": question.query, "variables": question.variables})
        try:
            async with (
                asyncio.timeout(self._answer_seconds),
                self._session.post(self._url, data=asked, allow_redirects=False) as response,
            ):
                headers = {name.lower(): value for name, value in response.headers.items()}
                return ServiceResponse(response.status, headers, await _body(response))
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
