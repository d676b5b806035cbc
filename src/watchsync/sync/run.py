"""One sync from end to end: read the list or see that nothing changed, doubt it, remember, enrich."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from watchsync import logs
from watchsync.errors import PartialRead
from watchsync.job import Progress
from watchsync.refs import ListRef
from watchsync.snapshot import Reading, Snapshot
from watchsync.sync.belief import Belief, first_look, second_look
from watchsync.sync.carry_over import remember
from watchsync.sync.change import is_unchanged, may_glance
from watchsync.titles import Title
from watchsync.tmdb.enrich import Enriched

ReportProgress = Callable[[Progress], None]
IsEnough = Callable[[Reading], bool]
_log = logs.get(__name__)


class Reader(Protocol):
    """Whoever can read a list from IMDb."""

    async def read(self, ref: ListRef, report: ReportProgress, is_enough: IsEnough) -> Reading:
        """ListPages over the whole list, or glance at its first page where that ``is_enough``.

        Raises ListUnreadable, OriginRefusal, PageFault or Infrastructure.
        """


class Enricher(Protocol):
    """Whoever knows more about titles; trouble of its own never stops a sync."""

    async def enrich(self, titles: Sequence[Title], report: ReportProgress) -> Enriched:
        """Answer the titles with what is known, and the ids that are still unenriched."""


class KnownSnapshots(Protocol):
    """Whoever keeps the last good snapshot."""

    async def load(self, ref: ListRef) -> Snapshot | None:
        """The last good snapshot; raises RedisUnavailable."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync made, and whether it found the list as it was."""

    snapshot: Snapshot
    is_unchanged: bool = False


class Sync:
    """The only place that knows the order of the work."""

    def __init__(
        self, reader: Reader, enricher: Enricher, source: KnownSnapshots, clock: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._enricher = enricher
        self._source = source
        self._clock = clock

    async def run(self, ref: ListRef, report: ReportProgress, *, force: bool = False) -> Synced:
        """Make a new snapshot of a list; what was stored before stays untouched.

        A list that shows itself unchanged on its first page is read no further, unless by ``force`` or when its turn
        for a full read has come. Raises what the reader raises, PartialRead when the reading cannot be believed, and
        RedisUnavailable.
        """
        known = await self._source.load(ref)
        if known and not force and may_glance(known, self._clock()):
            first = await self._reader.read(ref, report, partial(is_unchanged, known.reading))
            if first.is_glance:
                return Synced(await self._renewed(known, report), is_unchanged=True)
        else:
            first = await self._reader.read(ref, report, _never)
        reading = await self._believed(first, known, report)
        now = self._clock()
        # In a thread: 12,000 titles take a quarter of a second.
        remembered = await asyncio.to_thread(remember, known, reading.titles, now)
        enriched = await self._enricher.enrich(remembered, report)
        report(Progress("storing", "Storing the list"))
        return Synced(
            Snapshot(reading=replace(reading, titles=enriched.titles), fetched_at=now, unenriched=enriched.unenriched)
        )

    async def _renewed(self, known: Snapshot, report: ReportProgress) -> Snapshot:
        """The same list looked at now; what TMDB still owes is asked for again."""
        titles, unenriched = known.titles, known.unenriched
        if unenriched:
            enriched = await self._enricher.enrich(titles, report)
            titles, unenriched = enriched.titles, enriched.unenriched
        report(Progress("storing", "Nothing has changed on the list"))
        return Snapshot(
            reading=replace(known.reading, titles=titles),
            fetched_at=self._clock(),
            read_in_full_at=known.read_in_full_at or known.fetched_at,
            unenriched=unenriched,
        )

    async def _believed(self, first: Reading, known: Snapshot | None, report: ReportProgress) -> Reading:
        ref = first.ref
        if first_look(known, first) is Belief.BELIEVE:
            return first
        _log.warning("reading.doubted", ref=str(ref), rows=first.rows, total=first.total)
        report(Progress("reading", "Only a part arrived; reading the list once more"))
        second = await self._reader.read(ref, report, _never)
        if second_look(known, first, second) is Belief.BELIEVE:
            return second
        raise PartialRead(
            f"Only {second.rows} of {second.total} titles arrived; the last good copy is kept, we try again."
        )


def _never(_: Reading) -> bool:
    return False
