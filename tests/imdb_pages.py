"""Pages of IMDb in few words, after the shape that the site had in 2026."""

from typing import Any

import orjson

from watchsync.imdb.page import Capture, ListPage, read_page
from watchsync.refs import ListRef

REF = ListRef.parse("ur00000001")


def item(number: int, kind: str = "movie", **facts: Any) -> dict[str, Any]:
    return {
        "id": f"tt{number:07}",
        "titleText": {"text": f"Title {number}"},
        "originalTitleText": {"text": f"Original {number}"},
        "titleType": {"id": kind, "text": "", "canHaveEpisodes": kind in {"tvSeries", "tvMiniSeries"}},
        **facts,
    }


def edge(number: int, kind: str = "movie", *, position: int | None = None, **facts: Any) -> dict[str, Any]:
    place = position or number
    node = {"itemId": f"li{place:09}", "absolutePosition": place, "createdDate": "2014-07-31T15:04:32.000Z"}
    return {"node": node, "listItem": item(number, kind, **facts)}


def next_data(
    edges: list[Any], *, total: int | None = None, has_next: bool = False, where: str = "predefinedList", **props: Any
) -> dict[str, Any]:
    container = {"total": len(edges) if total is None else total, "pageInfo": {"hasNextPage": has_next}, "edges": edges}
    holder = {"name": {"originalText": "WATCHLIST"}, "titleListItemSearch": container}
    main = {"advancedTitleSearch": container} if where == "ratings" else {where: holder}
    above = {"authorName": "somebody", "visibility": "PUBLIC", "lastModifiedDate": "2026-04-15T05:27:43Z"}
    return {"props": {"pageProps": {"aboveTheFoldData": above, "mainColumnData": main, **props}}}


def capture(data: Any = None, *, html: str | None = None, status: int = 200, **headers: str) -> Capture:
    text = None if data is None else data if isinstance(data, str) else orjson.dumps(data).decode()
    return Capture(status, {name.replace("_", "-"): value for name, value in headers.items()}, text, html)


def page(edges: list[Any], **more: Any) -> ListPage:
    return read_page(capture(next_data(edges, **more)), REF)
