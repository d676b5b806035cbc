"""What does ``__NEXT_DATA__`` hold? The container of rows, wherever it stands, and the facts of the page."""

from collections import deque
from typing import Any

import orjson

from watchsync.imdb.rows import Json, Row, listed, mapping, row_from_edge

_CONTAINERS = ("titleListItemSearch", "advancedTitleSearch")
_MOST_NODES = 20_000
_DEEPEST = 12


def parse(document: str | bytes) -> Json | None:
    """The document, or ``None`` when it is cut off, nested without end, or no object."""
    try:
        data = orjson.loads(document)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    return data if isinstance(data, dict) else None


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


def rows(found: Json) -> tuple[Row, ...]:
    """Every edge of a container as a row."""
    edges = listed(found.get("edges"))
    return tuple(row_from_edge(mapping(edge), place) for place, edge in enumerate(edges, start=1))


def _search(data: Json) -> tuple[Json, Json] | None:
    """CatalogClient for a container breadth first, with a bound on work and depth."""
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
