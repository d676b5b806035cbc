"""What does ``__NEXT_DATA__`` hold? The container of rows, wherever it stands, and the facts of the page."""

import json
from collections import deque
from typing import Any

import orjson

from watchsync.imdb.rows import Json, Row, listed, mapping, row_from_edge

_CONTAINERS = ("titleListItemSearch", "advancedTitleSearch")
OTHER_TYPES = {"PEOPLE": "people", "IMAGES": "images"}
_MOST_NODES = 20_000
_DEEPEST = 12


def parse(document: str | bytes) -> Json | None:
    """The document, or ``None`` when it is cut off, nested without end, or no object.

    A text may be cut in the middle of a surrogate pair, which only the lenient parser takes; rows clean their texts.
    """
    for loads in (orjson.loads, json.loads):
        try:
            data = loads(document)
        except (ValueError, RecursionError):
            continue
        return data if isinstance(data, dict) else None
    return None


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
    """What the list holds if not titles: ``people``, ``images`` or ``other``; ``None`` where nobody says so."""
    props = page_props(data)
    for holder in (props, mapping(props.get("mainColumnData")), *mapping(props.get("mainColumnData")).values()):
        type_id = mapping(mapping(holder).get("listType")).get("id")
        if isinstance(type_id, str) and type_id != "TITLES":
            return OTHER_TYPES.get(type_id, "other")
    return None


def rows(found: Json, rated_on: Json | None = None) -> tuple[Row, ...]:
    """Every edge of a container as a row; one that is null or of another shape is a row without a title."""
    edges = listed(found.get("edges"))
    return tuple(row_from_edge(mapping(edge), place, rated_on) for place, edge in enumerate(edges, start=1))


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
