"""Which titles, in which order, stand on one page of a catalog?"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from watchsync.catalog.search import SearchIndex, normalized
from watchsync.refs import ListRef
from watchsync.titles import Kind, Title

PAGE: Final = 100
"""The page size of the protocol: exactly so many, except on the last page."""
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_ARTICLES: Final = ("the ", "a ", "an ")


class Sort(StrEnum):
    """The orders that a catalog offers."""

    ADDED = "added"
    ADDED_ASC = "added-asc"
    LIST = "list"
    TITLE = "title"
    YEAR = "year"
    RATING = "rating"
    VOTES = "votes"
    RUNTIME = "runtime"
    POPULARITY = "popularity"
    SHUFFLE = "shuffle"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a list. ``kind`` is ``None`` for films and series together."""

    kind: Kind | None = None
    genre: str | None = None
    search: str | None = None
    sort: Sort = Sort.ADDED

    @property
    def is_plain(self) -> bool:
        """Whether all titles of the kind are asked for."""
        return self.genre is None and self.search is None


def arrange(
    titles: Sequence[Title],
    query: Query,
    *,
    ref: ListRef,
    today: date,
    order: str = "list",
    index: SearchIndex | None = None,
) -> tuple[Title, ...]:
    """Every title that the query asks for, in its order.

    ``order`` is that in which the list was read (``Reading.order``); ``index`` saves folding the names again.
    """
    found: Iterable[Title] = titles
    if query.search is not None:
        found = (index or SearchIndex(titles)).matching(query.search)
    if query.kind is not None:
        found = [title for title in found if title.kind is query.kind]
    if query.genre is not None:
        wanted = query.genre.casefold()
        found = [title for title in found if any(genre.casefold() == wanted for genre in title.genres)]
    if query.sort in {Sort.ADDED, Sort.ADDED_ASC}:
        wanted_ids = {title.id for title in found}
        by_date = [title for title in newest_added(titles, order) if title.id in wanted_ids]
        return tuple(by_date if query.sort is Sort.ADDED else reversed(by_date))
    return tuple(_ordered(found, query.sort, f"{ref}:{today.isoformat()}"))


def newest_added(titles: Iterable[Title], order: str) -> list[Title]:
    """All titles of a list, the one added last first.

    A title without a date takes its place from its neighbour in the list. Where there is no date at all, the end of a
    list in its own order is the newest, and the beginning of one read newest first.
    """
    oldest_first = sorted(titles, key=lambda title: title.position, reverse=order == "newest")
    dates = [title.added_at for title in oldest_first if title.added_at]
    latest = dates[0] if dates else _NEVER
    placed = []
    for place, title in enumerate(oldest_first):
        latest = title.added_at or latest
        placed.append((latest, place, title))
    return [title for _, _, title in sorted(placed, key=lambda entry: entry[:2], reverse=True)]


def page(titles: Sequence[Title], skip: int) -> Sequence[Title]:
    """The hundred titles from ``skip`` on; before the start is the start, past the end is empty."""
    start = max(skip, 0)
    return titles[start : start + PAGE]


def _ordered(titles: Iterable[Title], sort: Sort, seed: str) -> list[Title]:
    in_list_order = sorted(titles, key=lambda title: title.position)
    if sort is Sort.LIST:
        return in_list_order
    if sort is Sort.SHUFFLE:
        return sorted(in_list_order, key=lambda title: _drawn(seed, title.id))
    if sort is Sort.TITLE:
        return sorted(in_list_order, key=_by_name)
    return _missing_last(in_list_order, _FACT[sort])


def _missing_last(titles: Sequence[Title], fact: Callable[[Title], Any]) -> list[Title]:
    """The highest fact first; equal ones and those that lack it stay in the order of the list."""
    known = [title for title in titles if fact(title) is not None]
    known.sort(key=fact, reverse=True)
    return known + [title for title in titles if fact(title) is None]


def _drawn(seed: str, title_id: str) -> bytes:
    """The place of a title in one day's shuffle, which other titles coming and going do not change."""
    return hashlib.blake2b(f"{seed}:{title_id}".encode(), digest_size=8).digest()


def _by_name(title: Title) -> tuple[bool, str]:
    name = normalized(title.name) or title.name
    for article in _ARTICLES:
        if name.startswith(article):
            name = name[len(article) :]
            break
    return (not name, name)


_FACT: Final[dict[Sort, Callable[[Title], Any]]] = {
    Sort.YEAR: lambda title: title.year,
    Sort.RATING: lambda title: title.rating,
    Sort.VOTES: lambda title: title.votes,
    Sort.RUNTIME: lambda title: title.runtime_seconds,
    Sort.POPULARITY: lambda title: title.popularity,
}
