"""How does one list change in two years? Invented rows that change as often, and in the same ways, as a real list's.

Between 171 and 253 titles; 600 additions and 640 removals; for the same id the year changes 267 times, the title 105,
the rating 5,686 and the type 8. Once a version is cut off at 47 of 203 rows, and the next one is whole again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from watchsync.demo.lists import InventedRow, invented

STEPS = 79
ADDITIONS, REMOVALS = 600, 640
YEARS, NAMES, RATINGS, TYPES = 267, 105, 5_686, 8
CUT_AT = 47
_SIZES = ((0, 240), (10, 253), (30, 203), (45, 171), (65, 215), (STEPS, 200))
"""How many titles the list has after so many steps; between two of these it grows or shrinks evenly."""
_CUT_AFTER = 30
_BEGIN = datetime(2024, 6, 1, 12, tzinfo=UTC)
_SERIES, _MINI_SERIES = ("tvSeries", "TV Series"), ("tvMiniSeries", "TV Mini Series")
_OTHER_TYPE = {_SERIES[0]: _MINI_SERIES, _MINI_SERIES[0]: _SERIES}
"""Id and label of what a title of a type turns into."""


@dataclass(frozen=True, slots=True)
class Version:
    """A list as it was read once; ``is_cut`` where only its first rows came."""

    at: datetime
    rows: tuple[InventedRow, ...]
    is_cut: bool = False


@cache
def versions() -> tuple[Version, ...]:
    """All readings, oldest first; always the same."""
    found: list[Version] = []
    for step, rows in enumerate(_told()):
        found.append(Version(_after(step), rows))
        if step == _CUT_AFTER:
            found.append(Version(_after(step + 1 / 3), rows[:CUT_AT], is_cut=True))
            found.append(Version(_after(step + 2 / 3), rows))
    return tuple(found)


def _told() -> Iterator[tuple[InventedRow, ...]]:
    """The list after each step."""
    rng = random.Random("two years")
    pool = list({row.title_id: row for row in invented("ur30001000")}.values())
    rows, fresh = pool[: _size(0)], iter(pool[_size(0) :])
    yield tuple(rows)
    growth = [max(0, _size(step + 1) - _size(step)) for step in range(STEPS)]
    for step in range(STEPS):
        coming = growth[step] + _share(ADDITIONS - sum(growth), step)
        leaving = coming - (_size(step + 1) - _size(step))
        kept = _changed(_without(rows, leaving, rng), step, rng)
        rows = kept + [replace(next(fresh), added=_after(step + 1).replace(microsecond=0)) for _ in range(coming)]
        yield tuple(rows)


def _after(steps: float) -> datetime:
    return _BEGIN + timedelta(days=730) * (steps / STEPS)


def _size(step: int) -> int:
    (begin, first), (end, last) = next(pair for pair in pairwise(_SIZES) if step <= pair[1][0])
    return first + (last - first) * (step - begin) // (end - begin)


def _share(total: int, step: int) -> int:
    """One step's part of what happens evenly over all."""
    return total * (step + 1) // STEPS - total * step // STEPS


def _without(rows: list[InventedRow], count: int, rng: random.Random) -> list[InventedRow]:
    gone = set(rng.sample(range(len(rows)), count))
    return [row for place, row in enumerate(rows) if place not in gone]


def _changed(rows: list[InventedRow], step: int, rng: random.Random) -> list[InventedRow]:
    """The same titles, some with another year, name, rating or type."""
    rows = list(rows)
    for place in rng.sample(range(len(rows)), _share(YEARS, step)):
        rows[place] = replace(rows[place], year=(rows[place].year or 2025) + 1)
    for place in rng.sample(range(len(rows)), _share(NAMES, step)):
        rows[place] = replace(rows[place], name=_other_name(rows[place].name))
    for place in rng.sample(range(len(rows)), _share(RATINGS, step)):
        rows[place] = replace(rows[place], rating=_other_rating(rows[place].rating, rng), votes=rows[place].votes + 7)
    series = [place for place, row in enumerate(rows) if row.type_id in _OTHER_TYPE]
    for place in rng.sample(series, _share(TYPES, step)):
        type_id, label = _OTHER_TYPE[rows[place].type_id]
        rows[place] = replace(rows[place], type_id=type_id, label=label)
    return rows


def _other_name(name: str) -> str:
    """A working title, or the final one again."""
    return name.removesuffix(" (Working Title)") if name.endswith(")") else f"{name} (Working Title)"


def _other_rating(rating: float | None, rng: random.Random) -> float:
    """A tenth up or down."""
    if rating is None:
        return 6.5
    return round(rating + (0.1 if rating < 2 or (rating < 9.5 and rng.random() < 0.5) else -0.1), 1)
