"""How does IMDb write a page of a list? JSON in the page, JSON-LD, and the first rows as markup."""

import html
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from watchsync.demo.lists import SAME_AS, InventedRow, invented
from watchsync.demo.states import Show

PAGE_SIZE = 250
_SHOWN_ROWS = 25
_NOISE = "x" * 1_900
"""Real pages carry some 4 kB for each title; most of it is of no use to anybody."""


@lru_cache(maxsize=64)
def page(slug: str, number: int, show: Show, origin: str) -> str:
    """The HTML of one page. A number past the end answers the first page, as the site does."""
    rows = rows_in(slug, show)
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    number = number if 1 <= number <= pages else 1
    part = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    has_next = number < pages
    if show is Show.PARTIAL and number > 1:
        part, has_next = part[:40], False
    first = (number - 1) * PAGE_SIZE + 1
    data = _next_data(slug, part, first, len(rows), show, origin, has_next=has_next)
    return _document(slug, part, first, len(rows), data, show, origin)


def rows_in(slug: str, show: Show) -> Sequence[InventedRow]:
    """The rows of a list in a state."""
    rows = invented(slug)
    if show in {Show.EMPTY, Show.PRIVATE}:
        return ()
    if show is Show.SHRUNK:
        return rows[: max(1, len(rows) // 5)]
    return rows[2:] if show is Show.EDITED else rows


def last_change(show: Show) -> str:
    """When the owner last changed a list."""
    return "2026-11-20T09:00:00Z" if show is Show.EDITED else "2026-04-15T05:27:43Z"


def edge(row: InventedRow, position: int, origin: str, *, ratings: bool, variant: int) -> dict[str, Any]:
    """One edge, in the variants that pages have had."""
    node: dict[str, Any] = {"itemId": row.item_id, "absolutePosition": position, "description": None}
    if row.added:
        node["createdDate"] = row.added.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    item = _item(row, origin, variant)
    if ratings:
        return {"node": {**node, "title": item}}
    return {"node": node, "listItem": item} if variant % 40 else {"node": {**node, "listItem": item}}


def _item(row: InventedRow, origin: str, variant: int) -> dict[str, Any]:
    credit = [{"name": {"id": "nm0000001", "nameText": {"text": row.director}}}]
    credits_field = (
        {"principalCreditsV2": [{"grouping": {"groupingId": "amzn1.imdb", "text": "Director"}, "credits": credit}]}
        if variant % 2
        else {"principalCredits": [{"category": {"id": "director", "text": "Director"}, "credits": credit}]}
    )
    runtime = row.runtime_seconds
    return {
        "id": row.title_id,
        "titleText": {"text": row.name},
        "originalTitleText": {"text": row.name},
        "titleType": {
            "id": row.type_id,
            "text": row.label,
            "canHaveEpisodes": row.type_id in {"tvSeries", "tvMiniSeries", "podcastSeries"},
            "displayableProperty": {"value": {"plainText": row.label}},
        },
        "primaryImage": _image(row, origin),
        "releaseYear": {"year": row.year, "endYear": row.end_year} if row.year else None,
        "releaseDate": {"day": 14, "month": 10, "year": row.year} if row.year and variant % 3 else None,
        "ratingsSummary": {
            "aggregateRating": row.rating,
            "voteCount": float(row.votes) if variant % 5 == 0 else row.votes,
        },
        "runtime": None if runtime is None else {"seconds": float(runtime) if variant % 7 == 0 else runtime},
        "certificate": {"rating": "PG-13"} if variant % 3 == 0 else None,
        "canRate": {"isRatable": True},
        "titleGenres": {"genres": [{"genre": {"text": genre}} for genre in row.genres]} if row.genres else None,
        "plot": {"plotText": {"plainText": row.plot}} if row.plot else None,
        "metacritic": {"metascore": {"score": 40 + variant % 60}} if variant % 4 == 0 else None,
        "productionStatus": {"currentProductionStage": {"id": "released", "text": "Released"}},
        "episodes": None,
        "series": _series(row),
        "latestTrailer": {"id": "vi0000001", "thumbnail": {"url": _NOISE}},
        **credits_field,
    }


def _series(row: InventedRow) -> dict[str, Any] | None:
    if row.series is None:
        return None
    series_id, name, year = row.series
    text = {"text": name}
    return {"series": {"id": series_id, "titleText": text, "originalTitleText": text, "releaseYear": {"year": year}}}


def _image(row: InventedRow, origin: str) -> dict[str, Any] | None:
    if not row.has_image:
        return None
    return {
        "id": "rm0000001",
        "width": 1000,
        "height": 1481,
        "url": f"{origin}/images/M/{row.title_id}._V1_.jpg",
        "caption": {"plainText": row.name},
    }


def _next_data(
    slug: str, part: Sequence[InventedRow], first: int, total: int, show: Show, origin: str, *, has_next: bool
) -> dict[str, Any]:
    ratings = slug.endswith("-ratings")
    edges = [edge(row, place, origin, ratings=ratings, variant=place) for place, row in enumerate(part, start=first)]
    container = {
        "total": total,
        "pageInfo": {"hasNextPage": has_next, "hasPreviousPage": first > 1, "endCursor": "eyJlIn0="},
        "edges": edges,
    }
    changed = last_change(show)
    private = show is Show.PRIVATE
    props = {
        "aboveTheFoldData": {
            "authorName": "demo_viewer",
            "authorId": "ur10001179",
            "authorProfileId": "p.demo0000000000000000001179",
            "createdDate": "2011-12-19T04:14:02Z",
            "lastModifiedDate": changed,
            "listId": "ls000001179",
            "isListOwner": False,
            "visibility": "PRIVATE" if private else "PUBLIC",
        },
        "initialPageNumber": (first - 1) // PAGE_SIZE + 1,
        "totalItems": total,
        "showPrivateListMessaging": private,
        "mainColumnData": {} if private else _main(slug, container, changed),
        "translationContext": {"i18n": {f"key_{place}": "words " * 20 for place in range(200)}},
    }
    return {"props": {"pageProps": props}, "buildId": "DEMO", "assetPrefix": f"{origin}/static", "locale": "en-US"}


def _main(slug: str, container: dict[str, Any], changed: str) -> dict[str, Any]:
    if slug.endswith("-ratings"):
        return {"advancedTitleSearch": container}
    is_watchlist = not slug.startswith("ls")
    holder = {
        "id": "ls000001179",
        "author": {"username": {"text": "demo_viewer"}, "userId": SAME_AS.get(slug, slug)},
        "name": {"originalText": "WATCHLIST" if is_watchlist else f"A list of {container['total']:,} titles"},
        "listType": {"id": "TITLES"},
        "items": {"total": container["total"]},
        "lastModifiedDate": changed,
        "titleListItemSearch": container,
    }
    return {"predefinedList" if is_watchlist else "list": holder}


def _document(
    slug: str, part: Sequence[InventedRow], first: int, total: int, data: dict[str, Any], show: Show, origin: str
) -> str:
    text = orjson.dumps(data).decode().replace("</", "<\\/")
    if show is Show.DRIFTED:
        text = orjson.dumps({"app": {"version": 9, "payload": "moved"}}).decode()
    has_json = show not in {Show.DOM_ONLY, Show.GONE_DARK}
    has_ld = has_json and show is not Show.PRIVATE
    script = f'<script id="__NEXT_DATA__" type="application/json">{text}</script>' if has_json else ""
    json_ld = f'<script type="application/ld+json">{_json_ld(part, first, origin)}</script>' if has_ld else ""
    body = "" if show is Show.GONE_DARK else _body(part, first, total, show, origin)
    document = (
        f'<!DOCTYPE html><html lang="en-US"><head><meta charset="utf-8"><title>{html.escape(slug)} - IMDb</title>'
        f'<link rel="stylesheet" href="{origin}/static/style.css">{json_ld}</head><body><div id="__next">{body}</div>'
        f'{script}<script src="{origin}/static/app.js" async></script></body></html>'
    )
    return document[: len(document) // 2] if show is Show.TRUNCATED else document


def _json_ld(part: Sequence[InventedRow], first: int, origin: str) -> str:
    names = {
        "movie": "Movie",
        "tvSeries": "TVSeries",
        "tvMiniSeries": "TVSeries",
        "tvEpisode": "TVEpisode",
        "videoGame": "VideoGame",
    }
    elements = [
        {
            "@type": "ListItem",
            "position": place,
            "item": {
                "@type": names.get(row.type_id, "Movie"),
                "url": f"https://www.imdb.com/title/{row.title_id}/",
                "name": html.escape(row.name),
                "image": f"{origin}/images/M/{row.title_id}._V1_.jpg",
                "genre": ", ".join(row.genres),
            },
        }
        for place, row in enumerate(part, start=first)
    ]
    return orjson.dumps({"@type": "ItemList", "itemListElement": elements}).decode().replace("</", "<\\/")


def _body(part: Sequence[InventedRow], first: int, total: int, show: Show, origin: str) -> str:
    if show is Show.PRIVATE:
        return (
            '<section data-testid="list-page-mc-private-list-content"><p>This list is private. Its owner has not '
            "enabled public viewing.</p></section>"
        )
    if not total:
        return "<section><p>This list is empty.</p></section>"
    consent = (
        '<div role="dialog"><p>We use cookies.</p><button data-testid="accept-button">Accept</button></div>'
        if show is Show.CONSENT
        else ""
    )
    rows = "".join(_row(row, place, origin) for place, row in enumerate(part[:_SHOWN_ROWS], start=first))
    return (
        f'{consent}<h1>Watchlist</h1><ul data-testid="list-page-mc-total-items"><li>{total:,} titles</li></ul>'
        f'<ul class="ipc-metadata-list">{rows}</ul>'
    )


def _row(row: InventedRow, place: int, origin: str) -> str:
    years = f"{row.year}\u2013{row.end_year}" if row.end_year else str(row.year or "")
    label = f'<span class="dli-title-type-data">{row.label}</span>' if row.label else ""
    return (
        f'<li class="ipc-metadata-list-summary-item"><img src="{origin}/images/M/{row.title_id}._V1_UX140_.jpg">'
        f'<a class="ipc-title-link-wrapper" href="/title/{row.title_id}/?ref_=wl_t_{place}">'
        f'<h3 class="ipc-title__text">{place}. {html.escape(row.name)}</h3></a>'
        f'<span class="dli-title-metadata-item">{years}</span>{label}</li>'
    )
