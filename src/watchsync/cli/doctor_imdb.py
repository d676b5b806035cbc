"""By which ways does IMDb show its lists to this machine, and what opens one that is shut?"""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import orjson

from watchsync.cli.doctor_checks import Finding
from watchsync.errors import ListUnreadable, OriginUnreachable, WatchsyncError
from watchsync.imdb.graphql_response import read_answer
from watchsync.imdb.graphql_service import open_session
from watchsync.imdb.page import raise_for_answer
from watchsync.imdb.ways_on import listed, ways_on
from watchsync.settings import Settings

_TERMS = "its terms allow private, non-commercial use only"
_QUESTION = orjson.dumps(
    {"query": "query Known($id: ID!) { list(id: $id) { id } }", "variables": {"id": "ls000000001"}}
)
_LARGEST_BYTES = 100_000
_PATIENCE = aiohttp.ClientTimeout(total=15.0)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a site answered: in words, as a failure if it was one, and what mends a site that was not reached."""

    said: str
    failure: WatchsyncError | None = None
    fix: str | None = None


async def imdb_findings(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """The pages, which show a plain request less than a browser, and the data service, which is asked one question.

    What the pages answer is judged only where no list can come from the data service.
    """
    pages = await _pages(session, settings)
    if "graphql" not in settings.imdb_strategies:
        advice = _advice(settings, {"page": pages.failure})
        return [
            Finding("IMDb's pages", pages.said, pages.fix or (advice if pages.failure else None)),
            Finding("IMDb's data service", "not switched on"),
        ]
    data = await _data_service(settings)
    if data.failure is None:
        return [
            Finding("IMDb's pages", pages.said, pages.fix),
            Finding("IMDb's data service", f"{data.said}; {_TERMS}"),
        ]
    advice = _advice(settings, {"page": pages.failure, "graphql": data.failure})
    is_page_used = "page" in settings.imdb_strategies
    return [
        Finding("IMDb's pages", pages.said, pages.fix or (advice if pages.failure and is_page_used else None)),
        Finding("IMDb's data service", data.said, data.fix or advice),
    ]


def _advice(settings: Settings, failures: Mapping[str, WatchsyncError | None]) -> str:
    """The same ways on that a job's error names, as a sentence."""
    tried = {name: failures.get(name) for name in settings.imdb_strategies}
    if settings.browser_url and "page" in tried:
        tried["remote-page"] = tried.pop("page")
    advice = listed(ways_on(tried, ratings=False))
    return f"{advice[0].upper()}{advice[1:]}."


async def _pages(session: aiohttp.ClientSession, settings: Settings) -> _Seen:
    """What they answer to a plain request. A challenge is no failure yet: a browser may pass it."""
    try:
        async with session.get(settings.imdb_url, allow_redirects=False) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            action = headers.get("x-amzn-waf-action")
            said = f"{settings.imdb_url} answers (HTTP {response.status})"
            said = f"{said}, asks for a {action}" if action else said
            return _Seen(said, None if action == "challenge" else _failure(response.status, headers))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return _not_reached(settings.imdb_url, "WATCHSYNC_IMDB_URL", error)


def _failure(status: int, headers: Mapping[str, str]) -> WatchsyncError | None:
    try:
        raise_for_answer(status, headers)
    except ListUnreadable:
        return None
    except WatchsyncError as failure:
        return failure
    return None


async def _data_service(settings: Settings) -> _Seen:
    """Whether it takes our name and a small question; any answer about the list will do."""
    url, name = settings.imdb_graphql_url, settings.imdb_graphql_client
    try:
        async with (
            open_session(name) as session,
            session.post(url, data=_QUESTION, allow_redirects=False, timeout=_PATIENCE) as response,
        ):
            headers = {name.lower(): value for name, value in response.headers.items()}
            read_answer(response.status, headers, await _beginning(response), "list")
    except ListUnreadable:
        pass
    except WatchsyncError as failure:
        return _Seen(str(failure).split(". ", 1)[0].rstrip("."), failure)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return _not_reached(url, "WATCHSYNC_IMDB_GRAPHQL_URL", error)
    return _Seen(f"answers to the name '{name}'")


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """All of a small answer, and of an endless one no more than shows that it is none."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST_BYTES:
            break
    return bytes(body)


def _not_reached(url: str, variable: str, error: Exception) -> _Seen:
    why = str(error) or type(error).__name__
    fix = f"Check this machine's network, proxy and {variable}."
    return _Seen(f"{url} cannot be reached ({why})", OriginUnreachable(), fix)
