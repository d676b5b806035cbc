"""What does ``__NEXT_DATA__`` hold? The container of rows, wherever it stands, and the facts of the page."""

import json
import re
from collections import deque
from typing import Any

import orjson

from watchsync.imdb.rows import Json, Row, listed, mapping, row_from_edge

_CONTAINERS = ("titleListItemSearch", "advancedTitleSearch")
OTHER_TYPES = {"PEOPLE": "people", "IMAGES": "images"}
_OTHER_CONTAINERS = {"nameListItemSearch": "people", "imageItems": "images"}
_TYPE_ID = re.compile(r"[A-Z][A-Z_]{0,40}", re.ASCII)
_MOST_GONE = 5
"""Rows of a page that may all be without a title; of more it is the page's shape that is unknown."""
_EXACT_DIGITS = 18
_MOST_NODES = 20_000
_DEEPEST = 12


def parse(document: str | bytes) -> Json | None:
    """The document, or ``None`` when it is cut off, nested without end, or no object.

    A text may be cut in the middle of a surrogate pair, which only the lenient parser takes; rows clean their texts.
    """
    data = loaded(document)
    return data if isinstance(data, dict) else None


def loaded(document: str | bytes) -> object:
    """Any JSON, by the strict parser or by the lenient one; ``None`` for what is none."""
    try:
        return orjson.loads(document)
    except ValueError:
        pass
    try:
        return json.loads(document, parse_int=_number)
    except (ValueError, RecursionError):
        return None


def _number(digits: str) -> float:
    """Of more digits than anything is counted by, the size is enough; Python refuses thousands of them."""
    return int(digits) if len(digits) <= _EXACT_DIGITS else float(digits)


def container(data: Json) -> tuple[Json, Json] | None:
    """The container of rows and what stands around it: at its known places, else anywhere near the top."""
    main = mapping(page_props(data).get("mainColumnData"))
    for holder in (mapping(main.get("predefinedList")), mapping(main.get("list")), main):
        for name in _CONTAINERS:
            if isinstance(holder.get(name), dict):
                return holder[name], holder
    return _search(data)


def page_props(data: Json) -> Json:
    """``props.pageProps``."""
    return mapping(mapping(data.get("props")).get("pageProps"))


def other_type(data: Json) -> str | None:
    """What the list holds if not titles: ``people``, ``images`` or ``other``; ``None`` where nobody says so.

    Its type says so, or, where that is missing, the name of the container that it has instead of one for titles.
    """
    main = mapping(page_props(data).get("mainColumnData"))
    holders = [page_props(data), main, *map(mapping, main.values())]
    types = [type_id for holder in holders if (type_id := type_in(holder)) is not None]
    for type_id in types:
        if type_id != "TITLES":
            return OTHER_TYPES.get(type_id, "other")
    named = (
        what for name, what in _OTHER_CONTAINERS.items() for holder in holders if isinstance(holder.get(name), dict)
    )
    return None if types else next(named, None)


def type_in(holder: Json) -> str | None:
    """The id of a list's type, such as ``TITLES``."""
    type_id = mapping(holder.get("listType")).get("id")
    return type_id if isinstance(type_id, str) and _TYPE_ID.fullmatch(type_id) else None


def rows(found: Json, rated_on: Json | None = None) -> tuple[Row, ...]:
    """Every edge of a container as a row; one that is null or of another shape is a row without a title."""
    edges = listed(found.get("edges"))
    return tuple(row_from_edge(mapping(edge), place, rated_on) for place, edge in enumerate(edges, start=1))


def are_gone(found: Json) -> bool:
    """Whether all edges of a container are of titles that IMDb has no more: few, null or with nothing for a title."""
    edges = listed(found.get("edges"))
    return 0 < len(edges) <= _MOST_GONE and all(map(_is_gone, edges))


def _is_gone(edge: object) -> bool:
    node = mapping(mapping(edge).get("node"))
    places = [
        (mapping(edge), "listItem"),
        (mapping(edge), "title"),
        *((node, name) for name in ("listItem", "item", "title")),
    ]
    if any(holder.get(name) is not None for holder, name in places):
        return False
    return edge is None or "itemId" in node or any(name in holder for holder, name in places)


def _search(data: Json) -> tuple[Json, Json] | None:
    """Look for a container breadth first, with a bound on work and depth."""
    waiting: deque[tuple[Any, int]] = deque([(data, 0)])
    for _ in range(_MOST_NODES):
        if not waiting:
            return None
        value, depth = waiting.popleft()
        if isinstance(value, dict):
            for name in _CONTAINERS:
                if isinstance(value.get(name), dict):
                    return value[name], value
        if depth < _DEEPEST:
            inner = value.values() if isinstance(value, dict) else value
            waiting.extend((each, depth + 1) for each in inner if isinstance(each, dict | list))
    return None
