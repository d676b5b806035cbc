"""Which rows does each invented list hold? The same id always gives the same list."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from watchsync.demo import words
from watchsync.demo.addresses import OWN_SIZES, canonical, size_of

__all__ = ["OWN_SIZES", "InventedRow", "invented", "size_of", "type_of"]

_TYPES = (
    ("movie", 58),
    ("tvSeries", 15),
    ("tvMiniSeries", 6),
    ("tvEpisode", 5),
    ("tvMovie", 4),
    ("short", 3),
    ("video", 2),
    ("tvSpecial", 2),
    ("videoGame", 2),
    ("tvShort", 1),
    ("musicVideo", 1),
    ("podcastSeries", 0.5),
    ("podcastEpisode", 0.5),
)
_LABELS = {
    "movie": "",
    "tvSeries": "TV Series",
    "tvMiniSeries": "TV Mini Series",
    "tvEpisode": "TV Episode",
    "tvMovie": "TV Movie",
    "short": "Short",
    "video": "Video",
    "tvSpecial": "TV Special",
    "videoGame": "Video Game",
    "tvShort": "TV Short",
    "musicVideo": "Music Video",
    "podcastSeries": "Podcast Series",
    "podcastEpisode": "Podcast Episode",
}
_TYPE_OF: dict[str, str] = {}
"""By title, of every list that was invented so far."""
_FIRST_DAY = datetime(2014, 3, 1, 18, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedRow:
    """One row of an invented list: the truth that tests compare with."""

    title_id: str
    item_id: str
    type_id: str
    name: str
    year: int | None
    end_year: int | None
    added: datetime | None
    rating: float | None
    votes: int
    runtime_seconds: int | None
    genres: tuple[str, ...]
    plot: str | None
    director: str
    has_image: bool
    series: tuple[str, str, int] | None = None
    """An episode's series: id, name, year."""
    label: str = field(default="")


def invented(slug: str) -> tuple[InventedRow, ...]:
    """All rows of a list in its own order. Ratings lists (``…-ratings``) share titles with nothing else;
    theirs is the oldest rating first, and what they call added is the day of the rating."""
    return _rows(canonical(slug))


def type_of(title_id: str) -> str | None:
    """The type of a title on any list that was shown."""
    return _TYPE_OF.get(title_id)


@lru_cache(maxsize=64)
def _rows(slug: str) -> tuple[InventedRow, ...]:
    rng = random.Random(f"list {slug}")  # noqa: S311 - invented, not secret
    rows: list[InventedRow] = []
    series: list[InventedRow] = []
    """Those of the rows that an episode may belong to."""
    added = _FIRST_DAY
    step = timedelta(days=4200) / max(size_of(slug), 1)
    for place in range(1, size_of(slug) + 1):
        added += step * rng.uniform(0.2, 1.8)
        when = None if rng.random() < 0.02 else added.replace(microsecond=0)
        item_id = f"li{rng.randrange(10**9):09}{place:05}"
        if place > 20 and rng.random() < 0.01:
            rows.append(_again(rows[rng.randrange(len(rows))], item_id, when))
        else:
            rows.append(_row(rng, place, item_id, when, series))
        if rows[-1].type_id == "tvSeries":
            series.append(rows[-1])
    _TYPE_OF.update({row.title_id: row.type_id for row in rows})
    _TYPE_OF.update({row.series[0]: "tvSeries" for row in rows if row.series})
    return tuple(rows)


def _again(row: InventedRow, item_id: str, added: datetime | None) -> InventedRow:
    """The same title, put on the list a second time."""
    values = {name: getattr(row, name) for name in InventedRow.__slots__}
    return InventedRow(**{**values, "item_id": item_id, "added": added})


def _row(
    rng: random.Random, place: int, item_id: str, added: datetime | None, listed: list[InventedRow]
) -> InventedRow:
    type_id = rng.choices([name for name, _ in _TYPES], [weight for _, weight in _TYPES])[0]
    year = None if rng.random() < 0.05 else rng.randint(1931, 2027)
    is_series = type_id in {"tvSeries", "tvMiniSeries", "podcastSeries"}
    is_rated = year is not None and year < 2026 and rng.random() > 0.06
    name = _name(rng)
    if place == 7:
        name = 'The "Quoted" </script> & Other Stories'
    return InventedRow(
        title_id=_title_id(rng),
        item_id=item_id,
        type_id=type_id,
        label=_LABELS[type_id],
        name=name,
        year=year,
        end_year=year + rng.randint(0, 12) if is_series and year and rng.random() < 0.6 else None,
        added=added,
        rating=round(rng.triangular(2.1, 9.6, 7.1), 1) if is_rated else None,
        votes=int(rng.paretovariate(0.6) * 40) % 2_900_000 if is_rated else 0,
        runtime_seconds=None if rng.random() < 0.08 else rng.randint(20, 190) * 60,
        genres=tuple(rng.sample(words.GENRES, rng.randint(0, 3))),
        plot=None if rng.random() < 0.07 else _plot(rng),
        director=f"{rng.choice(words.GIVEN)} {rng.choice(words.FAMILY)}",
        has_image=rng.random() > 0.05,
        series=_series(rng, listed) if type_id == "tvEpisode" else None,
    )


def _title_id(rng: random.Random) -> str:
    return f"tt{rng.randrange(30_000, 10**7):07}" if rng.random() < 0.7 else f"tt{rng.randrange(10**7, 4 * 10**7)}"


def _series(rng: random.Random, listed: list[InventedRow]) -> tuple[str, str, int] | None:
    """An episode's series: sometimes one that stands in the list itself, sometimes unknown."""
    chance = rng.random()
    if chance < 0.05:
        return None
    if listed and chance < 0.4:
        row = rng.choice(listed)
        return row.title_id, row.name, row.year or 2001
    return _title_id(rng), _name(rng), rng.randint(1995, 2024)


def _name(rng: random.Random) -> str:
    adjective, noun, place = rng.choice(words.ADJECTIVES), rng.choice(words.NOUNS), rng.choice(words.PLACES)
    other = rng.choice(words.NOUNS)
    forms = (
        f"The {adjective} {noun}",
        f"{adjective} {noun}",
        f"{noun} of {place}",
        f"A {noun} in {place}",
        f"The {noun} and the {other}",
        f"{rng.choice(words.GIVEN)}'s {noun}",
        f"Beyond the {adjective} {noun}",
        f"{noun} {rng.randint(2, 9)}",
        f"Back to {place}",
        f"{adjective} {noun}: The {other}",
    )
    return rng.choice(forms)


def _plot(rng: random.Random) -> str:
    return rng.choice(words.PLOTS).format(
        noun=rng.choice(words.NOUNS).lower(),
        adjective=rng.choice(words.ADJECTIVES).lower(),
        place=rng.choice(words.PLACES),
        name=f"{rng.choice(words.GIVEN)} {rng.choice(words.FAMILY)}",
    )
