"""Which day's shuffle does a viewer page through? The one that the first page showed, past midnight too."""

from collections.abc import Callable
from datetime import date
from time import monotonic
from typing import Final

from cachetools import TTLCache

from watchsync.refs import ListRef

_MOST_VIEWERS: Final = 10_000
_PAGING_SECONDS: Final = 3600.0


class ShuffleDays:
    """Remembers, for who paged a moment ago, the day of the order that they began with."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._begun: TTLCache[tuple[ListRef, str], date] = TTLCache(_MOST_VIEWERS, _PAGING_SECONDS, clock)

    def day(self, ref: ListRef, viewer: str, skip: int, today: date) -> date:
        """The day whose order this page belongs to; ``viewer`` is an address. A first page begins with today's."""
        begun = self._begun.get((ref, viewer), today) if skip > 0 else today
        self._begun[(ref, viewer)] = begun
        return begun
