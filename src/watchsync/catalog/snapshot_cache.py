"""Which snapshots does this process hold, ready to be looked through?"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from cachetools import LRUCache

from watchsync.catalog.search import SearchIndex
from watchsync.catalog.view import Query, Sort, arrange
from watchsync.errors import RedisUnavailable
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot
from watchsync.titles import Title

_RECHECK_SECONDS: Final = 2.0
"""How long a snapshot is served before Redis is asked whether there is a newer one."""
_PATIENCE_SECONDS: Final = 2.5
"""How long a viewer waits for Redis before what is held is good enough."""
_LARGEST_BYTES: Final = 100 * 1024 * 1024
_TITLE_BYTES: Final = 850
"""What a title takes beside its texts, with its place in a few orders."""
_SAMPLE_TITLES: Final = 100
"""Texts are measured of so many titles of a list; the others are taken to be like them."""
_OVERHEAD_BYTES: Final = 10_000
"""What a list takes beside its titles."""
_ORDERS: Final = 12
_IN_THREAD_TITLES: Final = 1_000


class SnapshotSource(Protocol):
    """Where snapshots come from: the store, or a stand-in of it."""

    async def stamp(self, ref: ListRef) -> str | None: ...

    async def load_stamped(self, ref: ListRef) -> tuple[str, Snapshot] | None: ...


class LoadedSnapshot:
    """A snapshot with what was worked out of it: its search index and its latest orders."""

    def __init__(self, stamp: str, snapshot: Snapshot) -> None:
        self.stamp = stamp
        self.snapshot = snapshot
        self.size_bytes = _OVERHEAD_BYTES + len(snapshot.titles) * (_TITLE_BYTES + _text_bytes(snapshot.titles))
        """What all of this takes at most, once it is worked out."""
        self._orders: LRUCache[tuple[Query, date | None], tuple[Title, ...]] = LRUCache(_ORDERS)

    async def arranged(self, query: Query, today: date) -> tuple[Title, ...]:
        """The titles that the query asks for, in order; paging through one order sorts once."""
        key = (query, today if query.sort is Sort.SHUFFLE else None)
        found = self._orders.get(key)
        if found is None and len(self.snapshot.titles) > _IN_THREAD_TITLES:
            found = await asyncio.to_thread(self._arrange, query, today)
        elif found is None:
            found = self._arrange(query, today)
        self._orders[key] = found
        return found

    def _arrange(self, query: Query, today: date) -> tuple[Title, ...]:
        index = self._index if query.search is not None else None
        reading = self.snapshot.reading
        return arrange(reading.titles, query, ref=reading.ref, today=today, order=reading.order, index=index)

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex(self.snapshot.titles)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the cache has for a list, and whether Redis could be asked about it."""

    loaded: LoadedSnapshot | None
    redis_answered: bool = True


@dataclass(slots=True)
class _Place:
    loaded: LoadedSnapshot
    checked: float


class SnapshotCache:
    """Decoded snapshots by list, the latest used kept, each compared with Redis every few seconds.

    ``seconds`` is a monotonic clock.
    """

    def __init__(
        self,
        source: SnapshotSource,
        seconds: Callable[[], float],
        *,
        max_bytes: int = _LARGEST_BYTES,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._source = source
        self._seconds = seconds
        self._places: LRUCache[ListRef, _Place] = LRUCache(max_bytes, getsizeof=_size_of)
        self._looking: dict[ListRef, asyncio.Task[Lookup]] = {}
        self._away_until = float("-inf")

    async def find(self, ref: ListRef, *, recheck: bool = False) -> Lookup:
        """The list's snapshot. Never raises for Redis: what is held is answered instead.

        ``recheck`` asks Redis even if it was asked a moment ago.
        """
        now = self._seconds()
        place = self._places.get(ref)
        if place is not None and not recheck and now - place.checked < _RECHECK_SECONDS:
            return Lookup(place.loaded, redis_answered=now >= self._away_until)
        if now < self._away_until:
            return Lookup(place.loaded if place else None, redis_answered=False)
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await asyncio.shield(self._look_once(ref))
        except TimeoutError:
            # The look goes on: whoever comes next may find what it brings.
            return Lookup(place.loaded if place else None, redis_answered=False)

    def _look_once(self, ref: ListRef) -> asyncio.Task[Lookup]:
        """Many who ask for one list at the same time cost one look."""
        looking = self._looking.get(ref)
        if looking is None:
            looking = asyncio.create_task(self._look(ref))
            self._looking[ref] = looking
            looking.add_done_callback(lambda _: self._looking.pop(ref, None))
        return looking

    async def _look(self, ref: ListRef) -> Lookup:
        place = self._places.get(ref)
        try:
            if place is not None and await self._source.stamp(ref) == place.loaded.stamp:
                place.checked = self._seconds()
                return Lookup(place.loaded)
            loaded = await self._source.load_stamped(ref)
        except RedisUnavailable:
            self._away_until = self._seconds() + _RECHECK_SECONDS
            return Lookup(place.loaded if place else None, redis_answered=False)
        if loaded is None:
            # Gone from Redis by age or by hand, so it is gone here too.
            self._places.pop(ref, None)
            return Lookup(None)
        return Lookup(self._put(ref, LoadedSnapshot(*loaded)))

    def _put(self, ref: ListRef, loaded: LoadedSnapshot) -> LoadedSnapshot:
        place = _Place(loaded, self._seconds())
        if _size_of(place) <= self._places.maxsize:
            self._places[ref] = place
        return loaded


def _size_of(place: _Place) -> int:
    return place.loaded.size_bytes


def _text_bytes(titles: Sequence[Title]) -> int:
    """What the texts of a title take; its names stand in the search index once more."""
    sample = titles[:: max(1, len(titles) // _SAMPLE_TITLES)]
    texts = (text for title in sample for text in (*(title.name, title.original_name) * 2, title.overview) if text)
    return sum(map(sys.getsizeof, texts)) // max(1, len(sample))
