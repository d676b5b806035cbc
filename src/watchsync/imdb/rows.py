"""What does one row of a list say? Every field is optional, and any field may have a type that it should not."""

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from watchsync.titles import KIND_OF, Kind, Title, TitleType

Json = Mapping[str, Any]
_ID = re.compile(r"tt\d{7,10}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_POSTER_WIDTH = 380
"""Pixels; IMDb makes some 40 kB of it, and Stremio wants posters under 50 kB."""
_LONGEST_TEXT = 2_000
_LONGEST_WRITTEN = 16_000
"""The same with every character written as an entity."""
_LONGEST_URL = 500
_DAY = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}")
_LONGEST_DAY = 60
_URL = re.compile(r"https?://(?:[a-z0-9.-]+|\[::1\])(?::\d{1,5})?/[\x21-\x7e]*", re.IGNORECASE | re.ASCII)
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the list."""

    key: str | None
    """What tells this row from every other row; ``None`` when nothing does."""
    type_id: str | None
    """IMDb's type as written, known to us or not."""
    title: Title | None
    """What the row says about its title; ``None`` without a usable id."""
    series: Title | None = None
    """For an episode: its series."""

    @property
    def kind(self) -> Kind | None:
        """Where it goes in Stremio; ``None`` is left out. A type that we do not know is what its title was read as."""
        try:
            return KIND_OF[TitleType(self.type_id or "")]
        except ValueError:
            return self.title.kind if self.title else None


def row_from_edge(edge: Json, place: int, rated_on: Json | None = None) -> Row:
    """Read one edge, in any of the shapes that pages and answers have had; ``place`` is used without a position.

    An edge without a usable title is a row without one. ``rated_on`` tells days by title id where edges have no dates.
    """
    node = mapping(edge.get("node"))
    item = _first_mapping(
        edge.get("listItem"), edge.get("title"), node.get("listItem"), node.get("item"), node.get("title")
    )
    type_id = text(mapping(item.get("titleType")).get("id"))
    title = _title(item, node, place, mapping(rated_on))
    key = text(node.get("itemId")) or _key(title, node)
    episode_of = mapping(mapping(item.get("series")).get("series")) if type_id == TitleType.TV_EPISODE else {}
    return Row(key, type_id, title, _series(episode_of, title) if title else None)


def mapping(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A clean, bounded line of text, or ``None``."""
    if not isinstance(value, str):
        return None
    plain = html.unescape(value[:_LONGEST_WRITTEN])
    clean = plain if plain.isprintable() else _CONTROL.sub(" ", plain)
    return clean.strip()[:_LONGEST_TEXT] or None


def whole(value: object) -> int | None:
    """A whole number that is not negative; pages write it as int or float."""
    number = real(value)
    return None if number is None or number >= 1e15 else int(number)


def real(value: object) -> float | None:
    """A finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def moment(value: object) -> datetime | None:
    """A time such as ``2014-07-31T15:04:32.000Z``, in UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def title_id(value: object) -> str | None:
    """A title's id if it is one."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def name_of(known_id: str, *values: object) -> str:
    """The first of some texts that is a name; its own id is no name of a title."""
    return next((name for value in values if (name := text(value)) and name != known_id), "")


def poster(url: object) -> str | None:
    """IMDb's picture at a poster's size, by https: what comes before ``._V1_`` is the picture, the rest its drawing."""
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not _URL.fullmatch(url):
        return None
    base, found, _ = _secure(url).partition("._V1_")
    return f"{base}._V1_QL75_UX{_POSTER_WIDTH}_.jpg" if found else base


def _secure(url: str) -> str:
    """By https, unless it is on this very machine, as a stand-in's are."""
    rest = url.partition("://")[2]
    return url if _LOCAL.match(rest) else f"https://{rest}"


def day(value: object) -> datetime | None:
    """A day such as ``Aug 24, 2026`` or ``Rated on Aug 24, 2026``, as its first moment in UTC."""
    found = _DAY.search(value) if isinstance(value, str) and len(value) < _LONGEST_DAY else None
    try:
        return datetime.strptime(found[0], "%b %d, %Y").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _title(item: Json, node: Json, place: int, rated_on: Json) -> Title | None:
    known_id = title_id(item.get("id"))
    if known_id is None:
        return None
    title_type = mapping(item.get("titleType"))
    years = mapping(item.get("releaseYear"))
    ratings = mapping(item.get("ratingsSummary"))
    score = whole(mapping(mapping(item.get("metacritic")).get("metascore")).get("score"))
    return Title(
        id=known_id,
        kind=Kind.SERIES if title_type.get("canHaveEpisodes") is True else Kind.UNKNOWN,
        name=_name(item, known_id),
        original_name=_plain(item, "originalTitleText"),
        position=whole(node.get("absolutePosition")) or place,
        added_at=moment(node.get("createdDate")) or day(rated_on.get(known_id)),
        year=_year(years.get("year")),
        end_year=_year(years.get("endYear")),
        released=_date(mapping(item.get("releaseDate"))),
        stage=text(mapping(mapping(item.get("productionStatus")).get("currentProductionStage")).get("id")),
        rating=_at_most(real(ratings.get("aggregateRating")), 10),
        votes=whole(ratings.get("voteCount")),
        runtime_seconds=whole(mapping(item.get("runtime")).get("seconds")) or None,
        genres=_genres(item),
        overview=text(mapping(mapping(item.get("plot")).get("plotText")).get("plainText")),
        certificate=text(mapping(item.get("certificate")).get("rating")),
        metascore=score if score is not None and score <= 100 else None,
        directors=_directors(item),
        image=poster(mapping(item.get("primaryImage")).get("url")),
    )


def _series(series: Json, episode: Title) -> Title | None:
    """The series of an episode, as much of it as the episode's row tells."""
    known_id = title_id(series.get("id"))
    if known_id is None:
        return None
    return Title(
        id=known_id,
        kind=Kind.SERIES,
        name=_name(series, known_id),
        original_name=_plain(series, "originalTitleText"),
        position=episode.position,
        added_at=episode.added_at,
        year=_year(mapping(series.get("releaseYear")).get("year")),
    )


def _key(title: Title | None, node: Json) -> str | None:
    if title is None:
        return None
    position = whole(node.get("absolutePosition"))
    return f"{title.id}@{position}" if position else title.id


def _first_mapping(*values: object) -> Json:
    return next((value for value in values if isinstance(value, dict)), {})


def _name(item: Json, known_id: str) -> str:
    return name_of(known_id, *(mapping(item.get(field)).get("text") for field in ("titleText", "originalTitleText")))


def _plain(item: Json, field: str) -> str | None:
    return text(mapping(item.get(field)).get("text"))


def _year(value: object) -> int | None:
    number = whole(value)
    return number if number is not None and 1800 <= number <= 2200 else None


def _at_most(number: float | None, most: float) -> float | None:
    return number if number is not None and number <= most else None


def _date(parts: Json) -> date | None:
    year, month, day = (whole(parts.get(name)) for name in ("year", "month", "day"))
    try:
        return date(year, month, day) if year and month and day else None
    except (ValueError, OverflowError):
        return None


def _genres(item: Json) -> tuple[str, ...]:
    genres = listed(mapping(item.get("titleGenres")).get("genres"))
    names = (text(mapping(mapping(entry).get("genre")).get("text")) for entry in genres[:12])
    return tuple(dict.fromkeys(name for name in names if name))


def _directors(item: Json) -> tuple[str, ...]:
    groups = listed(item.get("principalCreditsV2")) or listed(item.get("principalCredits"))
    for group in map(mapping, groups[:12]):
        label = text(mapping(group.get("grouping")).get("text")) or text(mapping(group.get("category")).get("text"))
        if label and label.lower().startswith("director"):
            people = (mapping(mapping(credit).get("name")) for credit in listed(group.get("credits"))[:5])
            return tuple(name for person in people if (name := _plain(person, "nameText")))
    return ()
