"""Which browser runs now? One that dies or has served long enough is followed by another."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from time import monotonic
from typing import Any

from watchsync import logs
from watchsync.browser.chromium import Chromium, Launch
from watchsync.browser.memory import tree_bytes
from watchsync.browser.restart_backoff import RestartBackoff
from watchsync.browser.retirement import Retirement
from watchsync.errors import BrowserUnavailable
from watchsync.metrics import Metrics

_LIFE_SECONDS = 60.0
"""A browser that lived for longer before it died was no failed start, even if nobody used it."""
_FAULTS = frozenset({"crashed", "hung", "driver"})
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Condition:
    """How it stands with the browser.

    It ``is_well`` when one runs, or none was needed yet. While none ``is_available`` every start failed, and no work
    should be taken. ``sentence`` is for people.
    """

    is_well: bool
    is_available: bool
    restarts: int
    sentence: str


class Supervisor:
    """Starts browsers, one at a time, watches them, and ends for certain what is left of them.

    The one that follows is started at once, so that mostly no job has to wait for it. Its tasks have a context of their
    own: what they log belongs to no job.
    """

    def __init__(
        self,
        launch: Launch,
        smoke_test: Callable[[Chromium], Awaitable[None]],
        metrics: Metrics,
        *,
        retirement: Retirement,
        look_seconds: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._launch = launch
        self._smoke_test = smoke_test
        self._metrics = metrics
        self._retirement = retirement
        self._look_seconds = look_seconds
        self._clock = clock
        self._restart_backoff = RestartBackoff()
        self._is_proven = False
        self._is_closing = False
        self._current: Chromium | None = None
        self._running: set[Chromium] = set()
        self._submission: asyncio.Task[None] | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._restarts: Counter[str] = Counter()

    def open(self) -> None:
        """Begin to watch. The first browser is started when one is asked for."""
        self._measuring = asyncio.create_task(self._measure(), name="browser memory")

    async def close(self) -> None:
        """End every browser, and leave no process."""
        self._is_closing = True
        for task in (self._measuring, self._reviving):
            if task is not None:
                task.cancel()
        if self._submission is not None:
            await asyncio.wait({self._submission})
        await asyncio.gather(*(chromium.close() for chromium in self._running))
        while self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def condition(self) -> Condition:
        """How it stands at this moment."""
        restarts = self._restarts.total()
        if self._living is not None:
            return Condition(True, True, restarts, "healthy")
        if self._restart_backoff.failures:
            return Condition(False, False, restarts, self._restart_backoff.why)
        if restarts or self._current is not None:
            return Condition(False, True, restarts, "being replaced")
        return Condition(True, True, restarts, "not started yet")

    async def ready(self) -> Chromium:
        """The running browser, or the one that all who wait for it share; raises BrowserUnavailable."""
        while (chromium := self._living) is None:
            await self._started()
        return chromium

    async def take(self) -> Chromium:
        """The browser for one more lending; raises BrowserUnavailable."""
        chromium = await self.ready()
        chromium.lent += 1
        chromium.contexts_made += 1
        return chromium

    def serves(self, chromium: Chromium) -> bool:
        """Whether it is the browser of the next lending."""
        return chromium is self._living

    def give_back(self, chromium: Chromium) -> None:
        """One lending less; a browser that has served long enough is replaced."""
        chromium.lent -= 1
        if chromium is not self._living:
            self._close_if_done(chromium)
        elif reason := self._retirement.reason(chromium, self._clock()):
            self.retire(reason)

    def retire(self, reason: str) -> None:
        """Let the next job have a new browser; the running one is closed when its last job is done.

        Where memory is short the new one is not started before the old one has ended.
        """
        chromium = self._living
        if chromium is None:
            return
        self._current = None
        self._count_restart(reason)
        self._judge(chromium, reason)
        self._close_if_done(chromium)
        if reason != "memory":
            self._revive()

    async def kill(self, reason: str) -> None:
        """End every browser now, whatever runs on it."""
        for chromium in self._running:
            chromium.die(reason)
        await asyncio.gather(*(chromium.close() for chromium in self._running))

    @property
    def _living(self) -> Chromium | None:
        chromium = self._current
        return chromium if chromium is not None and not chromium.died.is_set() else None

    async def _started(self) -> None:
        if self._submission is None:
            self._submission = asyncio.create_task(self._start(), name="browser start", context=Context())
            self._submission.add_done_callback(_collect)
        await asyncio.shield(self._submission)

    async def _start(self) -> None:
        try:
            if self._is_closing:
                raise BrowserUnavailable("The browser pool is closing.")
            self._restart_backoff.refuse_in_pause(self._clock())
            try:
                chromium = await self._tried()
            except Exception as error:  # whatever it was, no browser runs
                self._count_restart("launch")
                self._note_failure(str(error))
                raise BrowserUnavailable(str(error)) from error
            self._current = chromium
            self._running.add(chromium)
            self._spawn(self._await_death(chromium))
            _log.info("browser.started", version=chromium.browser.version, pid=chromium.pid)
        finally:
            self._submission = None

    async def _tried(self) -> Chromium:
        """A new browser; before the first one, and after one that was of no use, it has to show a page first."""
        chromium = await self._launch()
        if not self._is_proven:
            try:
                await self._smoke_test(chromium)
            except BaseException:
                await chromium.close()
                raise
            self._is_proven = True
        return chromium

    async def _await_death(self, chromium: Chromium) -> None:
        """Take a dead browser out of service at once, end what is left of it, and see to the next."""
        await chromium.died.wait()
        if chromium.reason != "closed":
            _log.warning("browser.lost", reason=chromium.reason)
            if chromium is self._current:
                self._current = None
                self._count_restart(chromium.reason or "crashed")
                self._judge(chromium, chromium.reason or "crashed")
                self._revive()
        await chromium.close()
        self._running.discard(chromium)
        self._revive()

    def _judge(self, chromium: Chromium, reason: str) -> None:
        """Whether the next may be started at once: not if this one was of no use, for that might go on for ever."""
        is_young = self._clock() - chromium.started < _LIFE_SECONDS
        if chromium.is_failing:
            self._note_failure("One page after the other crashes in the browser.")
        elif reason in _FAULTS and is_young and not chromium.is_proven:
            self._note_failure("The browser dies as soon as it is used.")
        else:
            self._restart_backoff.record_service()

    def _note_failure(self, why: str) -> None:
        self._is_proven = False
        pause = self._restart_backoff.record_failure(why, self._clock())
        _log.error("browser.start_failed", why=why, again_in_seconds=pause)
        self._revive()

    def _revive(self) -> None:
        if self._reviving is None and self._living is None and not self._is_closing:
            self._reviving = asyncio.create_task(self._bring_back(), name="browser revival", context=Context())
            self._reviving.add_done_callback(_collect)

    async def _bring_back(self) -> None:
        """Have the next browser ready before a job asks for it: after failures, as soon as the pause is over."""
        try:
            while self._living is None and not self._is_closing:
                await asyncio.sleep(self._restart_backoff.seconds_left(self._clock()))
                with suppress(BrowserUnavailable):
                    await self._started()
        finally:
            self._reviving = None

    def _close_if_done(self, chromium: Chromium) -> None:
        if chromium.lent == 0:
            self._spawn(chromium.close())

    def _count_restart(self, reason: str) -> None:
        self._restarts[reason] += 1
        self._metrics.browser_restarts.labels(reason=reason).inc()

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            chromium = self._living
            if chromium is not None and chromium.root_pid is not None:
                with suppress(OSError):
                    chromium.memory_bytes = await asyncio.to_thread(tree_bytes, chromium.root_pid)
                    self._metrics.browser_memory_bytes.set(chromium.memory_bytes)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_collect)


def _collect(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
