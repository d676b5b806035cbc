"""Which rows does a page show, and what total does it claim?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from watchsync.demo.addresses import RATINGS
from watchsync.demo.lists import InventedRow, invented
from watchsync.demo.states import Show, Size

PAGE_SIZE = 250
DRIFTED = frozenset({Show.DRIFTED, Show.DRIFTED_ROWS, Show.DRIFTED_LD, Show.DRIFTED_CLAMPED})
"""States in which the JSON has another shape."""
LIST_ORDER, DATE_ADDED = "list_order", "date_added"


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of a list, as it was asked for; ``sort`` as in the address, e.g. ``list_order,asc``."""

    slug: str
    number: int
    show: Show
    origin: str
    size: Size = Size.FULL
    sort: str = ""
    reading: int = 1
    """Which reading of the list this is, where each is another."""

    @property
    def is_ratings(self) -> bool:
        return self.slug.endswith(RATINGS)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a page shows of a list; ``first`` is the place of its first row, from 1."""

    rows: Sequence[InventedRow]
    number: int
    first: int
    total: int
    has_next: bool
    sort: tuple[str, str]

    def position(self, place: int) -> int:
        """Where the row at this place of the page's order, from 1, stands in the list's own order."""
        return self.total + 1 - place if self.sort[1] == "desc" else place


def selected(asked: Asked) -> Selection:
    """The rows of one page. A number past the end answers the first page, as the site does."""
    sort = sort_of(asked)
    rows, total = rows_in(asked.slug, asked.show), total_in(asked.slug, asked.show)
    if asked.show is Show.RESIZED:
        rows, total = rows[: len(rows) - 2 - asked.reading], total + asked.reading
    if asked.show is Show.SHIFTING and asked.number > 1:
        rows, total = rows[3:], total - 3
    if sort[1] == "desc":
        rows = rows[::-1]
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    past_the_end = pages if asked.show is Show.DRIFTED_CLAMPED else 1
    number = asked.number if 1 <= asked.number <= pages else past_the_end
    part, has_next = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number < pages
    if asked.show is Show.PARTIAL and number > 1:
        part, has_next = part[:40], False
    return Selection(part, number, (number - 1) * PAGE_SIZE + 1, total, has_next, sort)


def sort_of(asked: Asked) -> tuple[str, str]:
    """What a page is sorted by, and how; anything that is not offered is the default. Ratings know no list order."""
    by, _, order = asked.sort.partition(",")
    offered = {DATE_ADDED} if asked.is_ratings else {DATE_ADDED, LIST_ORDER}
    if by in offered and order in {"asc", "desc"}:
        return by, order
    return (DATE_ADDED, "desc") if asked.is_ratings else (LIST_ORDER, "asc")


def rows_in(slug: str, show: Show) -> Sequence[InventedRow]:
    """The rows of a list in a state, in the list's own order."""
    rows = invented(slug)
    if show in {Show.EMPTY, Show.PRIVATE}:
        return ()
    if show is Show.SHRUNK:
        return rows[: max(1, len(rows) // 5)]
    if show is Show.DUPLICATES:
        return rows + tuple(replace(row, item_id=f"{row.item_id}9") for row in rows)
    if show is Show.NO_DATES:
        return tuple(replace(row, added=None) for row in rows)
    return rows[2:] if show is Show.EDITED else rows


def total_in(slug: str, show: Show) -> int:
    """What a list in a state says that it holds."""
    return len(rows_in(slug, show)) + (2 if show is Show.SETTLED else 0)


def last_change(show: Show) -> str:
    """When the owner last changed a list."""
    return "2026-11-20T09:00:00Z" if show is Show.EDITED else "2026-04-15T05:27:43Z"
