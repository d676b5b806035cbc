"""Which way is a list read? In the operator's order: where one way is barred, the next is tried once."""

from collections.abc import Callable, Sequence
from typing import Protocol

from watchsync import logs
from watchsync.errors import (
    BrowserUnavailable,
    Infrastructure,
    ListUnreadable,
    NoWayToRead,
    OriginRefusal,
    PageFault,
    WatchsyncError,
)
from watchsync.imdb.rate_limited import IsEnough, never
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
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


class Strategies:
    """Ordered ways to read a list; remembers how each ended last and which one led to a list."""

    def __init__(self, strategies: Sequence[Strategy], metrics: Metrics) -> None:
        self._strategies = tuple(strategies)
        self._metrics = metrics
        self.used: str | None = None
        """The way by which the last list was read."""

    async def read(self, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough = never) -> Reading:
        """Read a list by the first way that leads to it; raises NoWayToRead, or what the ways raise."""
        able = [strategy for strategy in self._strategies if strategy.can_read(ref)]
        failures: list[WatchsyncError] = []
        for strategy in able:
            try:
                return await self._tried(strategy, ref, report, is_enough)
            except WatchsyncError as error:
                if not another_may_help(error):
                    raise
                _log.info("strategy.skipped", strategy=strategy.name, why=error.code)
                failures.append(error)
        raise soonest(failures) if failures else NoWayToRead

    async def _tried(
        self, strategy: Strategy, ref: ListRef, report: Callable[[Progress], None], is_enough: IsEnough
    ) -> Reading:
        counted = self._metrics.list_reads
        try:
            reading = await strategy.read(ref, report, is_enough)
        except WatchsyncError as error:
            counted.labels(strategy=strategy.name, result=result_of(error)).inc()
            raise
        counted.labels(strategy=strategy.name, result="unchanged" if reading.is_glance else "read").inc()
        self.used = strategy.name
        return reading


def another_may_help(error: WatchsyncError) -> bool:
    """Whether another way may lead to the list although this one does not.

    Not when the list itself says no, and not when a browser was lost or busy: those pass, and the job is tried again.
    """
    return isinstance(error, OriginRefusal | PageFault | BrowserUnavailable)


def soonest(failures: Sequence[WatchsyncError]) -> WatchsyncError:
    """The failure after which it is worth trying again first; among equals that of the preferred way."""
    return min(failures, key=lambda error: getattr(error, "retry_after_seconds", None) or 0.0)


def result_of(error: WatchsyncError) -> str:
    """The branch of the error tree, as the metric names it."""
    return next((branch.code for branch in _BRANCHES if isinstance(error, branch)), WatchsyncError.code)
