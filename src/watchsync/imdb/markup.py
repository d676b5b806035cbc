"""What can be read when the page's JSON is missing or drifted? JSON-LD first, then the visible rows."""

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from watchsync.imdb.next_data import loaded
from watchsync.imdb.rows import Json, Row, day, listed, mapping, name_of, poster, real, text, whole
from watchsync.imdb.visible_rows import VisibleRow, visible_rows
from watchsync.titles import KIND_OF, Kind, Title, TitleType

_LARGEST = 1_000_000
"""Characters that are parsed; the rows of a page stand within fewer. While it is parsed nothing else runs."""
_IN_ADDRESS = re.compile(r"/title/(tt\d{7,10})(?!\d)", re.ASCII)
_NUMBERED = re.compile(r"^\d+\.(?:\s+|$)")
_YEAR = r"((?:1[89]|2[01])\d\d)"
_YEARS_ALONE = re.compile(rf"{_YEAR}(?:\s*[\u2013-]\s*{_YEAR}?)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,3}(?:[., '\u2019\u00a0\u202f]\d{3})+(?!\d)|\d+")
_UNSEEN = (
    'script:not([type="application/ld+json"]), style, template, noscript, dialog:not([open]), '
    '[hidden]:not(html):not(body), [style*="display:none"]:not(html):not(body), '
    '[style*="display: none"]:not(html):not(body)'
)
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
    """What a person sees of a page's HTML, parsed once, as far as it is of a sensible size."""

    def __init__(self, html: str) -> None:
        self._tree = LexborHTMLParser(_shallow(html[:_LARGEST]).encode("utf-8", "replace"))
        for unseen in reversed(self._tree.css(_UNSEEN)):  # what is within goes before what is around it
            unseen.decompose()

    @property
    def root(self) -> LexborNode | None:
        """The element above all that is visible."""
        return self._tree.root

    def has(self, selector: str) -> bool:
        """Whether an element is there."""
        return self._tree.css_first(selector) is not None

    def title(self) -> str:
        """The page's title."""
        found = self._tree.css_first("title")
        return found.text().strip() if found else ""

    def json_ld_rows(self) -> tuple[Row, ...]:
        """Rows of the first JSON-LD ``ItemList`` that holds titles."""
        for script in self._tree.css('script[type="application/ld+json"]'):
            for entries in _item_lists(script.text()):
                rows = tuple(_from_json_ld(mapping(entry), place) for place, entry in enumerate(entries, 1))
                if any(row.title for row in rows):
                    return rows
        return ()

    def dom_rows(self) -> tuple[Row, ...]:
        """The rows that the page shows; far fewer than the list has. One that shows no title is a row without one."""
        return tuple(_from_dom(row, place) for place, row in enumerate(visible_rows(self._tree.root), 1))

    def shows_people(self) -> bool:
        """Whether the rows are of people."""
        return self.has('li.ipc-metadata-list-summary-item a.ipc-title-link-wrapper[href*="/name/nm"]')

    def total(self) -> int | None:
        """How many rows the list has, by the heading over the rows: ``1-250 of 1,179``, or ``1,179 titles`` before.

        The largest number counts, since words and separators differ by language.
        """
        heading = self._tree.css_first('[data-testid="list-page-mc-total-items"]')
        numbers = _NUMBER.findall(heading.text(separator="\n")) if heading else []
        return max((int(re.sub(r"\D", "", number)[:12]) for number in numbers), default=None)


def _item_lists(script: str) -> Iterator[list[Any]]:
    data = loaded(script)
    for candidate in map(mapping, [data, *listed(data), *listed(mapping(data).get("@graph"))]):
        if "ItemList" in _types(candidate):
            yield listed(candidate.get("itemListElement"))


def _from_json_ld(entry: Any, place: int) -> Row:
    item = mapping(entry.get("item"))
    address = entry.get("item") if isinstance(entry.get("item"), str) else item.get("url") or entry.get("url")
    found = _IN_ADDRESS.search(str(address or ""))
    kind = next((known for each in _types(item) if (known := _TYPE_OF_SCHEMA.get(each))), None)
    if not found:
        return Row(None, kind, None)
    rating = mapping(item.get("aggregateRating"))
    value = real(rating.get("ratingValue"))
    title = Title(
        id=found[1],
        kind=_kind(kind),
        name=name_of(found[1], item.get("name"), entry.get("name")),
        position=whole(entry.get("position")) or place,
        rating=value if value is not None and value <= 10 else None,
        votes=whole(rating.get("ratingCount")),
        genres=tuple(name for part in _words(item.get("genre")) if (name := text(part))),
        overview=text(item.get("description")),
        image=poster(item.get("image")),
    )
    return Row(found[1], kind, title)


def _types(item: Json) -> list[str]:
    """One type, or several."""
    types = item.get("@type")
    return [types] if isinstance(types, str) else [each for each in listed(types) if isinstance(each, str)]


def _words(genres: object) -> list[str]:
    return genres.split(",") if isinstance(genres, str) else [str(part) for part in listed(genres)]


def _kind(kind: TitleType | None) -> Kind:
    """What is not told is not guessed."""
    return (KIND_OF[kind] if kind else None) or Kind.UNKNOWN


def _from_dom(row: VisibleRow, place: int) -> Row:
    found = _IN_ADDRESS.search(row.href)
    if not found:
        return Row(None, None, None)
    kind = next((known for detail in row.details if (known := _TYPE_OF_LABEL.get(detail.lower()))), None)
    years = next((years for detail in row.details if (years := _YEARS_ALONE.fullmatch(detail))), None)
    title = Title(
        id=found[1],
        kind=_kind(kind),
        name=name_of(found[1], _NUMBERED.sub("", row.heading)),
        position=place,
        added_at=day(row.added),
        year=int(years[1]) if years else None,
        end_year=int(years[2]) if years and years[2] else None,
        image=poster(row.image),
    )
    return Row(found[1], kind, title)


def _shallow(html: str) -> str:
    """The HTML up to where it nests deeper than any page: parsing takes the square of the depth."""
    depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _MAY_STAY_OPEN:
            depth += -1 if tag[1] else 1
        if depth > _DEEPEST:
            return html[: tag.start()]
    return html


_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE | re.ASCII)
_MAY_STAY_OPEN = frozenset(
    {"img", "input", "br", "hr", "meta", "link", "source", "area", "base", "col", "embed", "wbr"}
)
_MAY_STAY_OPEN |= {"li", "p", "td", "th", "tr", "tbody", "dt", "dd", "option"}
"""Elements that have no end, or need not have one."""
_DEEPEST = 1_000
"""Twice as deep as browsers let a page nest."""
