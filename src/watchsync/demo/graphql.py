"""The stand-in of IMDb's GraphQL service: plain queries of one list, 250 rows a page."""

import asyncio
import re
from typing import Any

import orjson
from aiohttp import web

from watchsync.demo import others, wounds
from watchsync.demo.addresses import user_of
from watchsync.demo.control import Control
from watchsync.demo.cursors import cursor, place_of
from watchsync.demo.edges import edge
from watchsync.demo.selection import last_change, rows_in, total_in
from watchsync.demo.states import GraphqlShow, Show
from watchsync.demo.switching import CONTROL, counted

_IMDB_URL = web.AppKey("IMDB_URL", str)
_TOO_MUCH = 1_000
_DISCLAIMER = (
    "Public, commercial, and/or non-private use of the IMDb data provided by this API is not allowed. "
    "For limited non-commercial use of IMDb data see help.imdb.com."
)
_REFUSALS = {
    GraphqlShow.REFUSED: (403, {}),
    GraphqlShow.THROTTLED: (429, {"Retry-After": "1"}),
    GraphqlShow.DOWN: (502, {}),
}


def graphql_app(control: Control, imdb_url: str) -> web.Application:
    """The service at ``/``; pictures are at ``imdb_url``."""
    app = web.Application(middlewares=[counted])
    app[CONTROL] = control
    app[_IMDB_URL] = imdb_url
    app.add_routes([web.post("/", _graphql)])
    return app


async def _graphql(request: web.Request) -> web.StreamResponse:
    control = request.app[CONTROL]
    show = control.graphql
    if not any(request.headers.get(name) for name in control.graphql_naming_headers):
        return web.Response(status=403, text="<html><h1>403 Forbidden</h1></html>", content_type="text/html")
    if show is GraphqlShow.HANG:
        await asyncio.sleep(3600)
    if show is GraphqlShow.HUGE:
        return await _endless(request)
    if show is GraphqlShow.BROKEN:
        return web.Response(text='{"data": {"list": ', content_type="application/json")
    if refusal := _REFUSALS.get(show):
        status, headers = refusal
        return web.Response(status=status, headers=headers)
    return await _answer(request)


async def _answer(request: web.Request) -> web.Response:
    control, asked = request.app[CONTROL], orjson.loads(await request.read())
    query, variables = str(asked.get("query", "")), asked.get("variables") or {}
    slug = next((str(variables[name]) for name in ("userId", "id") if name in variables), "")
    setting = control.next(slug)
    await asyncio.sleep(setting.latency_seconds)
    language = request.headers.get("x-imdb-user-language") or control.graphql_language
    answer = _data(query, variables, slug, setting.show, _Reader(request.app[_IMDB_URL], language))
    if control.graphql is GraphqlShow.DRIFTED or answer is None:
        errors = [{"message": "Cannot query field", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]
        return web.json_bytes_response({"errors": errors}, status=400, dumps=orjson.dumps)
    return web.json_bytes_response({**answer, "extensions": {"disclaimer": _DISCLAIMER}}, dumps=_dumps)


def _dumps(answer: object) -> bytes:
    return wounds.written(orjson.dumps(answer))


class _Reader:
    """To whom rows are written: with pictures from a site, in a language."""

    def __init__(self, imdb_url: str, language: str) -> None:
        self._imdb_url = imdb_url
        self._mark = "" if language.lower().partition("-")[0] == "en" else f" [{language}]"

    def edges(self, slug: str, show: Show, start: int, count: int) -> list[dict[str, Any] | None]:
        """Rows as they are told; names that are not in English are marked with their language."""
        found = []
        for place, row in enumerate(rows_in(slug, show)[start : start + count], start=start + 1):
            written = edge(row, place, self._imdb_url)
            written["listItem"]["titleText"] = {"text": row.name + self._mark}
            found.append(wounds.wounded(written, place, show))
        return found


def _data(query: str, variables: dict[str, Any], slug: str, show: Show, reader: _Reader) -> dict[str, Any] | None:
    """One query's answer, errors too; ``None`` for a query of fields that there are not."""
    found = re.search(r"\b(userProfile|predefinedList|list)\s*\(", query)
    field = found[1] if found else ""
    if field == "userProfile":
        return _profile(str(variables.get("profileId", "")))
    if not field:
        return None
    if refused := _refused(field, slug, show):
        return refused
    if "titleListItemSearch" not in query:
        return {"data": {field: _about(slug, show)}}
    if show in others.TYPE_IDS:
        return _other(field, slug, show)
    count, start = int(variables.get("first", 250)), place_of(variables.get("after"))
    if count >= _TOO_MUCH:
        return {"errors": [{"message": "Too much data requested"}], "data": None}
    if start is None:
        return _error(field, "BAD_USER_INPUT", "Malformed cursor")
    return {"data": {field: _part(slug, show, start, count, reader)}}


def _refused(field: str, slug: str, show: Show) -> dict[str, Any] | None:
    """Why nothing is told of a list, if so."""
    if not re.fullmatch(r"ls\d+" if field == "list" else r"ur\d+", slug):
        return _error(field, "BAD_USER_INPUT", "Malformed id")
    if show is Show.PRIVATE:
        return _error(field, "FORBIDDEN", "Not authorized to view this list")
    if show is not Show.MISSING:
        return None
    return {"data": {field: None}} if field == "predefinedList" else _error(field, "RESOURCE_NOT_FOUND")


def _about(slug: str, show: Show) -> dict[str, Any]:
    """What a list is, without what it holds."""
    total = others.COUNT if show in others.TYPE_IDS else total_in(slug, show)
    return {
        "id": slug if slug.startswith("ls") else "ls000001179",
        "name": {"originalText": f"A list of {total:,} titles" if slug.startswith("ls") else "WATCHLIST"},
        "listType": {"id": others.type_id(show)},
        "author": {"username": {"text": "demo_viewer"}, "userId": slug if slug.startswith("ur") else "ur00001179"},
        "visibility": {"id": "PUBLIC"},
        "lastModifiedDate": last_change(show),
    }


def _other(field: str, slug: str, show: Show) -> dict[str, Any]:
    """A list that is not of titles says so; its titles are refused."""
    message = f"titleListItemSearch is not supported for a list of type {others.type_id(show)}"
    errors = [{"message": message, "path": [field, "titleListItemSearch"]}]
    return {"errors": errors, "data": {field: {**_about(slug, show), "titleListItemSearch": None}}}


def _part(slug: str, show: Show, start: int, count: int, reader: _Reader) -> dict[str, Any]:
    is_cut = show is Show.PARTIAL and start > 0
    edges = reader.edges(slug, show, start, min(count, 40) if is_cut else count)
    end = start + len(edges)
    has_next = end < len(rows_in(slug, show)) and not is_cut
    return {
        **_about(slug, show),
        "titleListItemSearch": {
            "total": total_in(slug, show),
            "pageInfo": {"hasNextPage": has_next, "endCursor": cursor(end)},
            "edges": edges,
        },
    }


def _profile(profile_id: str) -> dict[str, Any]:
    if not profile_id.startswith("p."):
        return _error("userProfile", "BAD_USER_INPUT", "Malformed profile id")
    user_id = user_of(profile_id)
    return {"data": {"userProfile": {"userId": user_id} if user_id else None}}


def _error(field: str, code: str, message: str = "") -> dict[str, Any]:
    error = {"message": message or code, "path": [field], "extensions": {"code": code}}
    return {"errors": [error], "data": {field: None}}


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" " * 1_000_000)
