"""What do people read for an order, and which order do they mean?"""

from collections.abc import Mapping
from typing import Final

from watchsync.catalog.view import Sort

LABELS: Final[Mapping[Sort, str]] = {
    Sort.ADDED: "Newest added",
    Sort.ADDED_ASC: "Oldest added",
    Sort.LIST: "List order",
    Sort.TITLE: "Title",
    Sort.YEAR: "Newest release",
    Sort.RATING: "Highest rating",
    Sort.VOTES: "Most votes",
    Sort.RUNTIME: "Longest",
    Sort.POPULARITY: "Most popular",
    Sort.SHUFFLE: "Shuffled",
}
"""Stremio shows the values of an option as they stand."""
_AMONG_GENRES: Final = "Sort: "
"""Phones and TVs show one dropdown, the one of genres, so the orders stand there too."""
_MEANT: Final = {said.casefold(): sort for sort, label in LABELS.items() for said in (sort.value, label)}


def sort_options() -> list[str]:
    """The orders for a dropdown of their own."""
    return list(LABELS.values())


def genre_options() -> list[str]:
    """The orders for the end of the dropdown of genres; the first is what one gets without a choice."""
    return [f"{_AMONG_GENRES}{label}" for sort, label in LABELS.items() if sort is not Sort.ADDED]


def sort_of(said: str) -> Sort | None:
    """The order that is meant, by its label or by its token; ``None`` for what is neither."""
    return _MEANT.get(said.strip().casefold())


def sort_among_genres(said: str) -> Sort | None:
    """The order that was chosen in the dropdown of genres; ``None`` for a genre."""
    if not said.casefold().startswith(_AMONG_GENRES.casefold()):
        return None
    return sort_of(said[len(_AMONG_GENRES) :])
