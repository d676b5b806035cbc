"""One sync from end to end: read the list, doubt it, remember, enrich."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from watchsync import logs
from watchsync.errors import PartialRead
from watchsync.job import Progress
from watchsync.refs import ListRef
from watchsync.snapshot import Reading, Snapshot
from watchsync.sync.belief import Belief, first_look, second_look
from watchsync.sync.memory import remember
from watchsync.titles import Title
from watchsync.tmdb.enrich import Enriched

Report = Callable[[Progress], None]
_log = logs.get(__name__)


class Reader(Protocol):
    """Whoever can read a list from IMDb."""

    async def read(self, ref: ListRef, report: Report) -> Reading:
        """Walk over the whole list; raises ListUnreadable, OriginRefusal, PageFault or Infrastructure."""


class Enricher(Protocol):
    """Whoever knows more about titles; trouble of its own never stops a sync."""

    async def enrich(self, titles: Sequence[Title], report: Report) -> Enriched:
        """Answer the titles with what is known, and the ids that are still owed."""


class Source(Protocol):
    """Whoever keeps the last good snapshot."""

    async def load(self, ref: ListRef) -> Snapshot | None:
        """The last good snapshot; raises RedisAway."""


class Sync:
    """The only place that knows the order of the work."""

    def __init__(self, reader: Reader, enricher: Enricher, source: Source, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._enricher = enricher
        self._source = source
        self._clock = clock

    async def run(self, ref: ListRef, report: Report) -> Snapshot:
        """Make a new snapshot of a list; what was stored before stays untouched.

        Raises what the reader raises, PartialRead when the reading cannot be believed, and RedisAway.
        """
        known = await self._source.load(ref)
        reading = await self._believed(ref, known, report)
        now = self._clock()
        enriched = await self._enricher.enrich(remember(known, reading.titles, now), report)
        report(Progress("storing", "Storing the list"))
        return Snapshot(reading=replace(reading, titles=enriched.titles), fetched_at=now, owed=enriched.owed)

    async def _believed(self, ref: ListRef, known: Snapshot | None, report: Report) -> Reading:
        first = await self._reader.read(ref, report)
        if first_look(known, first) is Belief.BELIEVE:
            return first
        _log.warning("reading.doubted", ref=str(ref), rows=first.rows, total=first.total)
        report(Progress("reading", "Only a part arrived; reading the list once more"))
        second = await self._reader.read(ref, report)
        if second_look(known, first, second) is Belief.BELIEVE:
            return second
        raise PartialRead(
            f"Only {second.rows} of {second.total} titles arrived; the last good copy is kept, we try again."
        )
