"""Which snapshots does this process hold, ready to be looked through?"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from watchsync.catalog.search import SearchIndex
from watchsync.catalog.view import Query, Sort, arrange, genres
from watchsync.errors import RedisUnavailable
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot
from watchsync.titles import Title

_RECHECK_SECONDS: Final = 2.0
"""How long a snapshot is served before Redis is asked whether there is a newer one."""
_PATIENCE_SECONDS: Final = 2.5
"""How long a viewer waits for Redis before what is held is good enough."""
_LARGEST_TITLES: Final = 60_000
"""About 100 MB of titles."""
_ORDERS: Final = 12
_IN_THREAD_TITLES: Final = 1_000


class SnapshotSource(Protocol):
    """Where snapshots come from: the store, or a stand-in of it."""

    async def stamp(self, ref: ListRef) -> str | None: ...

    async def load_stamped(self, ref: ListRef) -> tuple[str, Snapshot] | None: ...


class LoadedSnapshot:
    """A snapshot with what was worked out of it: its search index, its genres, its latest orders."""

    def __init__(self, stamp: str, snapshot: Snapshot) -> None:
        self.stamp = stamp
        self.snapshot = snapshot
        self._orders: OrderedDict[tuple[Query, date | None], tuple[Title, ...]] = OrderedDict()

    async def arranged(self, query: Query, today: date) -> tuple[Title, ...]:
        """The titles that the query asks for, in order; paging through one order sorts once."""
        key = (query, today if query.sort is Sort.SHUFFLE else None)
        found = self._orders.pop(key, None)
        if found is None and len(self.snapshot.titles) > _IN_THREAD_TITLES:
            found = await asyncio.to_thread(self._arrange, query, today)
        elif found is None:
            found = self._arrange(query, today)
        self._orders[key] = found
        if len(self._orders) > _ORDERS:
            self._orders.popitem(last=False)
        return found

    @cached_property
    def genres(self) -> tuple[str, ...]:
        """The genres of the list, most frequent first."""
        return genres(self.snapshot.titles)

    def _arrange(self, query: Query, today: date) -> tuple[Title, ...]:
        index = self._index if query.search is not None else None
        return arrange(self.snapshot.titles, query, ref=self.snapshot.ref, today=today, index=index)

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex(self.snapshot.titles)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the snapshot_cache has for a list, and whether Redis could be asked about it."""

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
        largest_titles: int = _LARGEST_TITLES,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._source = source
        self._seconds = seconds
        self._largest_titles = largest_titles
        self._places: OrderedDict[ListRef, _Place] = OrderedDict()
        self._looking: dict[ListRef, asyncio.Task[Lookup]] = {}
        self._away_until = float("-inf")

    async def find(self, ref: ListRef, *, recheck: bool = False) -> Lookup:
        """The list's snapshot. Never raises for Redis: what is held is answered instead.

        ``recheck`` asks Redis even if it was asked a moment ago.
        """
        now = self._seconds()
        place = self._places.get(ref)
        if place is not None:
            self._places.move_to_end(ref)
            if not recheck and now - place.checked < _RECHECK_SECONDS:
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
        self._places[ref] = _Place(loaded, self._seconds())
        self._places.move_to_end(ref)
        held = sum(len(place.loaded.snapshot.titles) for place in self._places.values())
        while held > self._largest_titles and len(self._places) > 1:
            _, dropped = self._places.popitem(last=False)
            held -= len(dropped.loaded.snapshot.titles)
        return loaded
