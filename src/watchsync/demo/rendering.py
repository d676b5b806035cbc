"""How is a page of a list put together? Its JSON, its JSON-LD, and its first rows as markup."""

import html
from functools import lru_cache

import orjson

from watchsync.demo import boilerplate, markup, next_data, others, wounds
from watchsync.demo.addresses import path_of
from watchsync.demo.selection import Asked, Selection, selected
from watchsync.demo.states import Show, Size

_WITHOUT_JSON = frozenset({Show.DOM_ONLY, Show.GONE_DARK})
_WITHOUT_JSON_LD = _WITHOUT_JSON | {Show.PRIVATE, Show.DRIFTED_ROWS, *others.TYPE_IDS}
_LD_TYPES = {
    "movie": "Movie",
    "tvSeries": "TVSeries",
    "tvMiniSeries": "TVSeries",
    "tvEpisode": "TVEpisode",
    "videoGame": "VideoGame",
}


def page(slug: str, number: int, show: Show, origin: str, size: Size = Size.FULL) -> str:
    """The HTML of one page in the order in which the site shows a list that nobody sorted."""
    return document(Asked(slug, number, show, origin, size)).decode()


@lru_cache(maxsize=24)
def document(asked: Asked) -> bytes:
    """The HTML of one page as it is sent."""
    shown = selected(asked)
    has_json = asked.show not in _WITHOUT_JSON
    opened, closed = (b'<script id="__NEXT_DATA__" type="application/json">', b"</script>") if has_json else (b"", b"")
    json = next_data.script(asked, shown) if has_json else b""
    styles = b"" if asked.show is Show.OLD_FORM else boilerplate.styles(asked.size)
    body = markup.illustrated(_body(asked, shown).encode(), asked.size)
    beginning = b"".join((_head(asked, shown).encode(), styles, b"</head>", body, opened))
    if asked.show is Show.TRUNCATED:
        return beginning + json[: len(json) // 2]
    end = f'<script src="{asked.origin}/static/app.js" async></script></body></html>'
    return b"".join((beginning, json, closed, end.encode()))


def _head(asked: Asked, shown: Selection) -> str:
    has_json_ld = asked.show not in _WITHOUT_JSON_LD
    json_ld = f'<script type="application/ld+json">{_json_ld(asked, shown)}</script>' if has_json_ld else ""
    return (
        f'<!DOCTYPE html><html lang="en-US"><head><meta charset="utf-8"><title>{html.escape(asked.slug)} - IMDb</title>'
        f'<link rel="stylesheet" href="{asked.origin}/static/style.css">{json_ld}'
    )


def _body(asked: Asked, shown: Selection) -> str:
    bar = "" if asked.show is Show.OLD_FORM else boilerplate.header(path_of(asked.slug))
    return f'<body><div id="__next">{bar}{markup.body(asked, shown)}</div>'


def _json_ld(asked: Asked, shown: Selection) -> str:
    elements = [
        {
            "@type": "ListItem",
            "position": place,
            "item": {
                "@type": _LD_TYPES.get(row.type_id, "Movie"),
                "url": f"https://www.imdb.com/title/{row.title_id}/",
                "name": html.escape(row.name),
                "image": f"{asked.origin}/images/M/{row.title_id}._V1_.jpg",
                "genre": ", ".join(row.genres),
            },
        }
        for place, row in enumerate(shown.rows, start=shown.first)
        if not (asked.show in wounds.LOST and wounds.is_wounded(place))
    ]
    return orjson.dumps({"@type": "ItemList", "itemListElement": elements}).decode().replace("</", "<\\/")
