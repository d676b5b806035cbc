"""Which way is a list read? In the operator's order: where one way is barred, the next is tried once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from watchsync import logs
from watchsync.errors import (
    BrowserUnavailable,
    Infrastructure,
    ListUnreadable,
    NoWayToRead,
    OriginRefusal,
    PageFault,
    PoolExhausted,
    RedisUnavailable,
    WatchsyncError,
)
from watchsync.imdb.rate_limited import IsEnough, never
from watchsync.imdb.ways_on import no_way
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading

_BRANCHES = (ListUnreadable, OriginRefusal, PageFault, Infrastructure)
_log = logs.get(__name__)


class Strategy(Protocol):
    """One way to read a list."""

    @property
    def name(self) -> str:
        """``page``, ``remote-page`` or ``graphql``."""

    def can_read(self, ref: ListRef) -> bool:
        """Whether this way leads to that kind of list at all."""

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough) -> Reading:
        """Read the list; raises ListUnreadable, OriginRefusal, PageFault or Infrastructure."""


class Site(Protocol):
    """What stands before the site that a strategy asks."""

    async def refuse_while_open(self) -> None:
        """Raises OriginCoolingDown while the site is left alone, and RedisUnavailable."""

    async def note_used(self) -> None:
        """Tell all who look that lists come from this site now; raises RedisUnavailable."""


@dataclass(frozen=True, slots=True)
class Way:
    """A strategy and the site that it asks."""

    strategy: Strategy
    site: Site


class Strategies:
    """Ordered ways to read a list; remembers how each ended last and which one led to a list.

    A site that is left alone is not waited for, and no browser is lent for it: the next way is taken at once.
    """

    def __init__(self, ways: Sequence[Way], metrics: Metrics) -> None:
        self._ways = tuple(ways)
        self._metrics = metrics
        self.used: str | None = None
        """The way by which the last list was read."""
        self._noted: str | None = None

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough = never) -> Reading:
        """Read a list by the first way that leads to it; raises NoWayToRead, or what the ways raise."""
        failures: dict[str, WatchsyncError] = {}
        for way in self._ways:
            if not way.strategy.can_read(ref):
                continue
            try:
                return await self._tried(way, ref, report, is_enough)
            except WatchsyncError as error:
                if not another_may_help(error):
                    raise
                _log.info("strategy.skipped", strategy=way.strategy.name, why=error.code)
                failures[way.strategy.name] = error
        if not failures:
            raise NoWayToRead
        failure = no_way(failures, ratings=ref.kind is ListKind.RATINGS)
        raise failure

    async def _tried(self, way: Way, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough) -> Reading:
        counted, name = self._metrics.list_reads, way.strategy.name
        try:
            await way.site.refuse_while_open()
            reading = await way.strategy.read(ref, report, is_enough)
        except WatchsyncError as error:
            counted.labels(strategy=name, result=result_of(error)).inc()
            raise
        counted.labels(strategy=name, result="unchanged" if reading.is_glance else "read").inc()
        await self._note_used(way)
        return reading

    async def _note_used(self, way: Way) -> None:
        self.used = way.strategy.name
        if self._noted != self.used:
            with suppress(RedisUnavailable):  # the next list tells it
                await way.site.note_used()
                self._noted = self.used


def another_may_help(error: WatchsyncError) -> bool:
    """Whether another way may lead to the list although this one does not.

    Not when the list itself says no, and not when a browser was lost in the middle: the next one may read the list.
    """
    return isinstance(error, OriginRefusal | PageFault | BrowserUnavailable | PoolExhausted)


def result_of(error: WatchsyncError) -> str:
    """The branch of the error tree, as the metric names it."""
    return next((branch.code for branch in _BRANCHES if isinstance(error, branch)), WatchsyncError.code)
