"""The stand-in of IMDb's GraphQL service: plain queries of one list, 250 rows a page."""

import asyncio
import base64
import binascii
import re
from typing import Any

import orjson
from aiohttp import web

from watchsync.demo.imdb import CONTROL, counted
from watchsync.demo.lists import SAME_AS
from watchsync.demo.rendering import edge, last_change, rows_in
from watchsync.demo.states import Control, GraphqlShow, Show

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
    show = request.app[CONTROL].graphql
    if not request.headers.get("x-imdb-client-name"):
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
    answer = _data(query, variables, slug, setting.show, request.app[_IMDB_URL])
    if control.graphql is GraphqlShow.DRIFTED or answer is None:
        errors = [{"message": "Cannot query field", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]
        return web.json_bytes_response({"errors": errors}, status=400, dumps=orjson.dumps)
    return web.json_bytes_response({**answer, "extensions": {"disclaimer": _DISCLAIMER}}, dumps=orjson.dumps)


def _data(query: str, variables: dict[str, Any], slug: str, show: Show, imdb_url: str) -> dict[str, Any] | None:
    """One query's answer, errors too; ``None`` for a query of fields that there are not."""
    found = re.search(r"\b(userProfile|predefinedList|list)\s*\(", query)
    field = found[1] if found else ""
    if field == "userProfile":
        return _profile(str(variables.get("profileId", "")))
    if not field:
        return None
    if not re.fullmatch(r"ls\d+" if field == "list" else r"ur\d+", slug):
        return _error(field, "BAD_USER_INPUT", "Malformed id")
    if show is Show.PRIVATE:
        return _error(field, "FORBIDDEN", "Not authorized to view this list")
    if show is Show.MISSING:
        return {"data": {field: None}} if field == "predefinedList" else _error(field, "RESOURCE_NOT_FOUND")
    count = int(variables.get("first", 250))
    if count >= _TOO_MUCH:
        return {"errors": [{"message": "Too much data requested"}], "data": None}
    start = _start(variables.get("after"))
    if start is None:
        return _error(field, "BAD_USER_INPUT", "Malformed cursor")
    return {"data": {field: _part(slug, show, start, count, imdb_url)}}


def _part(slug: str, show: Show, start: int, count: int, imdb_url: str) -> dict[str, Any]:
    rows = rows_in(slug, show)
    part = rows[start : start + count]
    if show is Show.PARTIAL and start:
        part = part[:40]
    edges = []
    for place, row in enumerate(part, start=start + 1):
        written = edge(row, place, imdb_url, ratings=False, variant=1)
        written["listItem"].pop("latestTrailer")  # nobody asked for it
        edges.append({"node": written["node"], "listItem": written["listItem"]})
    end = start + len(part)
    has_next = end < len(rows) and not (show is Show.PARTIAL and start)
    cursor = base64.b64encode(str(end).encode()).decode()
    return {
        "name": {"originalText": f"A list of {len(rows):,} titles" if slug.startswith("ls") else "WATCHLIST"},
        "author": {"username": {"text": "demo_viewer"}},
        "visibility": {"id": "PUBLIC"},
        "lastModifiedDate": last_change(show),
        "titleListItemSearch": {
            "total": len(rows),
            "pageInfo": {"hasNextPage": has_next, "endCursor": cursor},
            "edges": edges,
        },
    }


def _start(cursor: str | None) -> int | None:
    try:
        return int(base64.b64decode(cursor, validate=True)) if cursor else 0
    except (ValueError, binascii.Error):
        return None


def _profile(profile_id: str) -> dict[str, Any]:
    if not profile_id.startswith("p."):
        return _error("userProfile", "BAD_USER_INPUT", "Malformed profile id")
    user_id = SAME_AS.get(profile_id)
    return {"data": {"userProfile": {"userId": user_id} if user_id else None}}


def _error(field: str, code: str, message: str = "") -> dict[str, Any]:
    error = {"message": message or code, "path": [field], "extensions": {"code": code}}
    return {"errors": [error], "data": {field: None}}


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" " * 1_000_000)
