"""The stand-in of IMDb's GraphQL service: plain queries of one list, 250 rows a page."""

import base64
import re
from typing import Any

from watchsync.demo.lists import invented
from watchsync.demo.rendering import edge
from watchsync.demo.states import Control, Show

_PAGE = 250
_TOO_MUCH = 500


def graphql(request: dict[str, Any], control: Control, origin: str) -> dict[str, Any]:
    """Answer one query; errors come with status 200."""
    query, variables = str(request.get("query", "")), request.get("variables") or {}
    if "userProfile" in query:
        return _profile(str(variables.get("profileId", "")))
    field = "predefinedList" if "predefinedList" in query else "list"
    slug = str(variables.get("userId" if field == "predefinedList" else "id", ""))
    if not re.fullmatch(r"ur\d+|ls\d+", slug):
        return _error(field, "BAD_USER_INPUT")
    show = control.next(slug).show
    if show is Show.PRIVATE:
        return _error(field, "FORBIDDEN")
    if show is Show.MISSING:
        return {"data": {field: None}} if field == "predefinedList" else _error(field, "RESOURCE_NOT_FOUND")
    count = int(variables.get("first", _PAGE))
    if count > _TOO_MUCH:
        return {"errors": [{"message": "Too much data requested"}], "data": None}
    return {"data": {field: _part(slug, count, variables.get("after"), origin, is_empty=show is Show.EMPTY)}}


def _part(slug: str, count: int, after: str | None, origin: str, *, is_empty: bool) -> dict[str, Any]:
    rows = () if is_empty else invented(slug)
    start = int(base64.b64decode(after)) if after else 0
    part = rows[start : start + count]
    edges = []
    for place, row in enumerate(part, start=start + 1):
        written = edge(row, place, origin, ratings=False, variant=1)
        edges.append({"node": written["node"], "title": written["listItem"]})
    end = start + len(part)
    cursor = base64.b64encode(str(end).encode()).decode()
    search = {"total": len(rows), "pageInfo": {"hasNextPage": end < len(rows), "endCursor": cursor}, "edges": edges}
    return {"name": {"originalText": "WATCHLIST"}, "titleListItemSearch": search}


def _profile(profile_id: str) -> dict[str, Any]:
    if not profile_id.startswith("p."):
        return _error("userProfile", "BAD_USER_INPUT")
    return {"data": {"userProfile": {"userId": "ur10001179"}}}


def _error(field: str, code: str) -> dict[str, Any]:
    return {"errors": [{"message": code, "path": [field], "extensions": {"code": code}}], "data": {field: None}}
