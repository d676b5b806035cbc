"""What can be read when the page's JSON is missing or drifted? JSON-LD first, then the visible rows."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
from selectolax.lexbor import LexborHTMLParser, LexborNode

from watchsync.imdb.rows import Row, listed, mapping, poster, real, text, title_id, whole
from watchsync.titles import Kind, Title, TitleType

_LARGEST = 1_000_000
"""Characters that are parsed; the rows of a page stand within fewer. While it is parsed nothing else runs."""
_IN_ADDRESS = re.compile(r"/title/(tt\d{7,10})")
_NUMBERED = re.compile(r"^\d+\.\s+")
_YEARS = re.compile(r"(\d{4})(?:\s*[\u2013-]\s*(\d{4})?)?")
_TOTAL = re.compile(r"([\d,. ]+)\s+titles?", re.IGNORECASE)
_TYPE_OF_SCHEMA = {
    "Movie": TitleType.MOVIE,
    "TVSeries": TitleType.TV_SERIES,
    "TVEpisode": TitleType.TV_EPISODE,
    "VideoGame": TitleType.VIDEO_GAME,
    "MusicVideoObject": TitleType.MUSIC_VIDEO,
    "PodcastSeries": TitleType.PODCAST_SERIES,
    "PodcastEpisode": TitleType.PODCAST_EPISODE,
}
_TYPE_OF_LABEL = {
    "movie": TitleType.MOVIE,
    "tv series": TitleType.TV_SERIES,
    "tv mini series": TitleType.TV_MINI_SERIES,
    "tv movie": TitleType.TV_MOVIE,
    "tv special": TitleType.TV_SPECIAL,
    "tv short": TitleType.TV_SHORT,
    "tv episode": TitleType.TV_EPISODE,
    "short": TitleType.SHORT,
    "video": TitleType.VIDEO,
    "video game": TitleType.VIDEO_GAME,
    "music video": TitleType.MUSIC_VIDEO,
    "podcast series": TitleType.PODCAST_SERIES,
    "podcast episode": TitleType.PODCAST_EPISODE,
}


class Markup:
    """A page's HTML, parsed once, as far as it is of a sensible size."""

    def __init__(self, html: str) -> None:
        self._tree = LexborHTMLParser(html[:_LARGEST])

    def has(self, selector: str) -> bool:
        """Whether an element is there."""
        return self._tree.css_first(selector) is not None

    def json_ld_rows(self) -> tuple[Row, ...]:
        """Rows of the first JSON-LD ``ItemList``."""
        for script in self._tree.css('script[type="application/ld+json"]'):
            entries = _item_list(script.text())
            if entries:
                return tuple(_from_json_ld(mapping(entry), place) for place, entry in enumerate(entries, 1))
        return ()

    def dom_rows(self) -> tuple[Row, ...]:
        """The rows that the page shows; far fewer than the list has."""
        return tuple(self._dom_rows())

    def total(self) -> int | None:
        """The number of titles that the page's heading states."""
        heading = self._tree.css_first('[data-testid="list-page-mc-total-items"]')
        found = _TOTAL.search(heading.text()) if heading else None
        return int(re.sub(r"\D", "", found[1]) or 0) if found else None

    def _dom_rows(self) -> Iterator[Row]:
        for place, item in enumerate(self._tree.css("li.ipc-metadata-list-summary-item"), 1):
            link = item.css_first('a.ipc-title-link-wrapper, a[href*="/title/tt"]')
            found = _IN_ADDRESS.search((link.attributes.get("href") if link else None) or "")
            if found:
                yield _from_dom(item, found[1], place)


def _item_list(script: str) -> list[Any]:
    try:
        data = orjson.loads(script)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return []
    for candidate in [data, *listed(mapping(data).get("@graph"))]:
        if mapping(candidate).get("@type") == "ItemList":
            return listed(candidate.get("itemListElement"))
    return []


def _from_json_ld(entry: Any, place: int) -> Row:
    item = mapping(entry.get("item"))
    found = _IN_ADDRESS.search(str(item.get("url") or entry.get("url") or ""))
    kind = _TYPE_OF_SCHEMA.get(str(item.get("@type")))
    if not found:
        return Row(None, kind, None)
    rating = mapping(item.get("aggregateRating"))
    value = real(rating.get("ratingValue"))
    genres = item.get("genre")
    title = Title(
        id=found[1],
        kind=Kind.SERIES if kind == TitleType.TV_SERIES else Kind.MOVIE,
        name=text(item.get("name")) or found[1],
        position=whole(entry.get("position")) or place,
        rating=value if value is not None and value <= 10 else None,
        votes=whole(rating.get("ratingCount")),
        genres=tuple(name for part in _words(genres) if (name := text(part))),
        overview=text(item.get("description")),
        image=poster(item.get("image")),
    )
    return Row(found[1], kind, title)


def _words(genres: object) -> list[str]:
    return genres.split(",") if isinstance(genres, str) else [str(part) for part in listed(genres)]


def _from_dom(item: LexborNode, found_id: str, place: int) -> Row:
    label = item.css_first(".dli-title-type-data")
    kind = _TYPE_OF_LABEL.get(label.text().strip().lower()) if label else TitleType.MOVIE
    heading = item.css_first("h3.ipc-title__text")
    details = " ".join(node.text() for node in item.css(".dli-title-metadata-item"))
    years = _YEARS.search(details)
    image = item.css_first("img")
    known_id = title_id(found_id)
    title = known_id and Title(
        id=known_id,
        kind=Kind.SERIES if kind in {TitleType.TV_SERIES, TitleType.TV_MINI_SERIES} else Kind.MOVIE,
        name=text(_NUMBERED.sub("", heading.text().strip()) if heading else None) or known_id,
        position=place,
        year=int(years[1]) if years else None,
        end_year=int(years[2]) if years and years[2] else None,
        image=poster(image.attributes.get("src")) if image else None,
    )
    return Row(known_id, kind, title or None)
