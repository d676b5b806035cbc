"""How does IMDb write the JSON of a page, ``__NEXT_DATA__``?"""

from typing import Any

import orjson

from watchsync.demo import boilerplate, edges, others, wounds
from watchsync.demo.addresses import canonical, profile_of
from watchsync.demo.cursors import cursor
from watchsync.demo.selection import DATE_ADDED, DRIFTED, Asked, Selection, last_change
from watchsync.demo.states import Show, Size

_SORTS = {False: {DATE_ADDED: "DATE_ADDED"}, True: {DATE_ADDED: "SINGLE_USER_RATING_DATE"}}
_FACETS = ("TITLE_TYPE", "GENRES", "RELEASE_YEAR", "IMDB_RATING", "SINGLE_USER_RATING", "WATCH_OPTIONS")
Json = dict[str, Any]


def script(asked: Asked, shown: Selection) -> bytes:
    """The text of the script, which may stand in HTML."""
    if asked.show in DRIFTED:
        data: Json = {"app": {"version": 9, "payload": "moved", "i18n": _translations(asked.size)}}
    else:
        data = _old(asked, shown) if asked.show is Show.OLD_FORM else _data(asked, shown)
    json = orjson.dumps(data).replace(b"</", b"<\\/")
    return wounds.written(json) if asked.show in wounds.STATES else json


def _data(asked: Asked, shown: Selection) -> Json:
    private, changed = asked.show is Show.PRIVATE, last_change(asked.show)
    total = others.COUNT if asked.show in others.TYPE_IDS else shown.total
    above = {**_above(asked), "visibility": {"id": "PRIVATE" if private else "PUBLIC"}, "lastModifiedDate": changed}
    props = {
        "translationContext": {"i18n": _translations(asked.size)},
        "aboveTheFoldData": above,
        "totalItems": total,
        "totalPossibleItems": total,
        "initialPageNumber": shown.number,
        "showPrivateListMessaging": private,
        "listType": {"id": others.type_id(asked.show)},
        "initialSortProps": {"sortBy": _sort_id(asked, shown), "sortOrder": shown.sort[1].upper()},
        "initialFilterProps": {"facetFields": _FACETS},
        "mainColumnData": _main(asked, shown),
    }
    return {"props": {"pageProps": props, "__N_SSP": True}, "page": _route(asked), "buildId": "DEMO", "locale": "en-US"}


def _old(asked: Asked, shown: Selection) -> Json:
    rows = enumerate(shown.rows, start=shown.first)
    found = [edges.old_edge(row, place, asked.origin, is_ratings=asked.is_ratings) for place, row in rows]
    changed = last_change(asked.show)
    props = {
        "aboveTheFoldData": {**_above(asked), "visibility": "PUBLIC", "lastModifiedDate": changed},
        "initialPageNumber": shown.number,
        "totalItems": shown.total,
        "showPrivateListMessaging": False,
        "mainColumnData": _holder(asked, {"titleListItemSearch": _container(shown, found)}, shown.total),
    }
    return {"props": {"pageProps": props}, "buildId": "DEMO", "locale": "en-US"}


def _translations(size: Size) -> Json:
    return {"locale": "en-US", "resources": orjson.Fragment(boilerplate.texts(size))}


def _above(asked: Asked) -> Json:
    owner = canonical(asked.slug).removesuffix("-ratings")
    author = owner if owner.startswith("ur") else "ur00001179"
    return {
        "authorName": "demo_viewer",
        "authorId": author,
        "authorProfileId": profile_of(author),
        "listId": _list_id(asked),
        "isListOwner": False,
    }


def _sort_id(asked: Asked, shown: Selection) -> str:
    return _SORTS[asked.is_ratings].get(shown.sort[0], "LIST_ORDER")


def _route(asked: Asked) -> str:
    if asked.slug.startswith("ls"):
        return "/list/[lsConst]"
    return "/user/[userConst]/ratings" if asked.is_ratings else "/user/[userConst]/watchlist"


def _main(asked: Asked, shown: Selection) -> Json:
    if asked.show in others.TYPE_IDS:
        return _holder(asked, others.container(asked.show, asked.origin), others.COUNT)
    found: list[Json | None] = []
    for place, row in enumerate(shown.rows, start=shown.first):
        position = shown.position(place)
        written = edges.page_edge(row, position, asked.origin, asked.size, is_ratings=asked.is_ratings)
        found.append(wounds.wounded(written, place, asked.show))
    container = {"__typename": "TitleListItemSearchConnection", **_container(shown, found)}
    return _holder(asked, {"titleListItemSearch": container}, shown.total)


def _container(shown: Selection, found: list[Any]) -> Json:
    page_info = {
        "hasNextPage": shown.has_next,
        "hasPreviousPage": shown.number > 1,
        "endCursor": cursor(shown.first - 1 + len(shown.rows)) if shown.rows else None,
    }
    return {"total": shown.total, "pageInfo": page_info, "edges": found}


def _holder(asked: Asked, container: Json, total: int) -> Json:
    """The main column: a watchlist, a list with a name, or ratings."""
    if asked.is_ratings:
        return {"advancedTitleSearch": next(iter(container.values()))}
    is_list = asked.slug.startswith("ls")
    holder = {
        "id": _list_id(asked),
        "author": {"username": {"text": "demo_viewer"}, "userId": _above(asked)["authorId"]},
        "name": {"originalText": f"A list of {total:,} titles" if is_list else "WATCHLIST"},
        "listType": {"id": others.type_id(asked.show)},
        "listClass": {"id": "LIST" if is_list else "WATCH_LIST"},
        "items": {"total": total},
        "lastModifiedDate": last_change(asked.show),
        "visibility": {"id": "PRIVATE" if asked.show is Show.PRIVATE else "PUBLIC"},
        **container,
    }
    return {"list" if is_list else "predefinedList": holder}


def _list_id(asked: Asked) -> str:
    return asked.slug if asked.slug.startswith("ls") else "ls000001179"
