"""One sync from end to end: read the list or see that nothing changed, doubt it, remember, enrich."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from watchsync import logs
from watchsync.catalog.freshness import lacks_only_facts
from watchsync.errors import PartialRead
from watchsync.job import Progress
from watchsync.refs import ListRef
from watchsync.snapshot import Completeness, Reading, Snapshot
from watchsync.sync.belief import Belief, believe, completeness_of
from watchsync.sync.carry_over import carry_over
from watchsync.sync.change import is_unchanged, may_glance
from watchsync.sync.resolve import merge, resolve
from watchsync.titles import Title
from watchsync.tmdb.enrich import Enriched

ReportProgress = Callable[[Progress], None]
IsEnough = Callable[[Reading], bool]
_log = logs.get(__name__)


class Reader(Protocol):
    """Whoever can read a list from IMDb."""

    async def read(self, ref: ListRef, report: ReportProgress, is_enough: IsEnough) -> Reading:
        """Read the whole list, or glance at its first page where that ``is_enough``.

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
        self,
        reader: Reader,
        enricher: Enricher,
        source: KnownSnapshots,
        clock: Callable[[], datetime],
        max_age: timedelta = timedelta(),
    ) -> None:
        """``max_age`` is how long a list that was read counts as fresh."""
        self._reader = reader
        self._enricher = enricher
        self._source = source
        self._clock = clock
        self._max_age = max_age

    async def run(
        self, ref: ListRef, report: ReportProgress, *, force: bool = False, facts_will_do: bool = False
    ) -> Synced:
        """Make a new snapshot of a list; what was stored before stays untouched.

        A list that shows itself unchanged on its first page is read no further, unless by ``force`` or when its turn
        for a full read has come. Where nobody waits (``facts_will_do``), a list that is fresh but for what TMDB owes is
        not asked of IMDb at all: trouble at TMDB is no reason to read it again. Raises what the reader raises,
        PartialRead when the reading cannot be believed, and RedisUnavailable.
        """
        known = await self._source.load(ref)
        if known and not force and facts_will_do and lacks_only_facts(known, self._clock(), self._max_age):
            return Synced(await self._enriched(known, report), is_unchanged=True)
        if known and not force and may_glance(known, self._clock()):
            first = await self._reader.read(ref, report, partial(is_unchanged, known.reading))
            if first.is_glance:
                return Synced(await self._renewed(known, report), is_unchanged=True)
        else:
            first = await self._reader.read(ref, report, _never)
        belief, reading, doubted = await self._judged(first, known, report)
        if belief is Belief.REJECT:
            raise PartialRead(_shortfall(reading))
        now = self._clock()
        if belief is Belief.MERGE and known is not None:
            return Synced(await self._merged(known, reading, now, report))
        completeness = completeness_of(known, reading, doubted)
        # In a thread: 12,000 titles take a quarter of a second.
        remembered = await asyncio.to_thread(carry_over, known, reading.titles, now)
        enriched = await self._enricher.enrich(remembered, report)
        report(Progress("storing", "Storing the list"))
        is_full = completeness in {Completeness.COMPLETE, Completeness.SETTLED}
        return Synced(
            Snapshot(
                reading=resolve(known, replace(reading, titles=enriched.titles)),
                fetched_at=now,
                completeness=completeness,
                read_in_full_at=now if is_full else None,
                unenriched=enriched.unenriched,
            )
        )

    async def _merged(self, known: Snapshot, reading: Reading, now: datetime, report: ReportProgress) -> Snapshot:
        """What was known, with titles that only the new reading has. Nobody can tell whether that is the whole list."""
        both = merge(known, replace(reading, titles=carry_over(known, reading.titles, now)))
        enriched = await self._enricher.enrich(both.titles, report)
        report(Progress("storing", "Adding what is new to the list"))
        return Snapshot(
            reading=resolve(known, replace(both, titles=enriched.titles)),
            fetched_at=now,
            completeness=Completeness.UNKNOWN,
            read_in_full_at=known.read_in_full_at,
            unenriched=enriched.unenriched,
        )

    async def _renewed(self, known: Snapshot, report: ReportProgress) -> Snapshot:
        """The same list looked at now; what TMDB still owes is asked for again."""
        enriched = await self._enriched(known, report) if known.unenriched else known
        report(Progress("storing", "Nothing has changed on the list"))
        return replace(enriched, fetched_at=self._clock())

    async def _enriched(self, known: Snapshot, report: ReportProgress) -> Snapshot:
        """The list as it was read, with what TMDB knows now."""
        enriched = await self._enricher.enrich(known.titles, report)
        return replace(known, reading=replace(known.reading, titles=enriched.titles), unenriched=enriched.unenriched)

    async def _judged(
        self, first: Reading, known: Snapshot | None, report: ReportProgress
    ) -> tuple[Belief, Reading, Reading | None]:
        """What to do with which reading; a doubtful one is read once more, and comes third."""
        belief = believe(known, first)
        if belief is not Belief.CONFIRM:
            return belief, first, None
        _log.warning("reading.doubted", ref=str(first.ref), rows=first.rows, total=first.total)
        report(Progress("reading", "Not all of the list arrived. Reading it once more"))
        second = await self._reader.read(first.ref, report, _never)
        return believe(known, second, first), second, first


def _shortfall(reading: Reading) -> str:
    if reading.total is None:
        return PartialRead.sentence()
    return f"{reading.rows:,} of {reading.total:,} rows arrived. The last good copy stays; we retry automatically."


def _never(_: Reading) -> bool:
    return False
