"""Which browser runs now? One that dies or has served long enough is followed by another."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from time import monotonic
from typing import Any

from watchsync import logs
from watchsync.browser.chromium import Chromium
from watchsync.browser.condition import Condition
from watchsync.browser.launcher import Launch
from watchsync.browser.memory_gauge import measure
from watchsync.browser.restart_backoff import RestartBackoff
from watchsync.browser.retirement import Retirement
from watchsync.errors import BrowserUnavailable
from watchsync.metrics import Metrics

_LIFE_SECONDS = 60.0
"""A browser that lived for longer before it died was no failed start, even if nobody used it."""
_FAULTS = frozenset({"crashed", "hung", "driver"})
_log = logs.get(__name__)


class Supervisor:
    """Starts browsers, one at a time, watches them, and ends for certain what is left of them.

    One task does it all, over and over: start a browser, await the end of its service, judge that, pause. So the next
    browser is there before most jobs ask for it. Its tasks have a context of their own: what they
    log belongs to no job.
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
        self._backoff = RestartBackoff()
        self._is_proven = False
        self._is_starting = False
        self._is_closing = False
        self._wanted = asyncio.Event()
        """Somebody waits for a browser."""
        self._start_ended: asyncio.Future[None] | None = None
        self._current: Chromium | None = None
        self._running: dict[Chromium, asyncio.Task[None]] = {}
        """Every browser that has not ended yet, with the task that awaits its death and ends what is left of it."""
        self._duties: list[asyncio.Task[None]] = []
        self._closings: set[asyncio.Task[None]] = set()
        self._restarts: Counter[str] = Counter()
        self._was_started = False

    def open(self) -> None:
        """Begin to supervise. The first browser is started when one is asked for."""
        measuring = measure(lambda: self._living, self._metrics, self._look_seconds)
        self._duties = [
            asyncio.create_task(self._supervise(), name="browser supervisor", context=Context()),
            asyncio.create_task(measuring, name="browser memory", context=Context()),
        ]

    async def close(self) -> None:
        """End every browser, and leave no process. A start under way is waited for, since its end is certain."""
        self._is_closing = True
        supervising, measuring = self._duties
        measuring.cancel()
        if not self._is_starting:
            supervising.cancel()
        await asyncio.wait(self._duties)
        await asyncio.gather(*(chromium.close() for chromium in self._running))
        while remaining := {*self._running.values(), *self._closings}:
            await asyncio.wait(remaining)

    @property
    def condition(self) -> Condition:
        """How it stands at this moment."""
        restarts = self._restarts.total()
        if (chromium := self._living) is not None:
            return Condition(True, True, restarts, chromium.sentence)
        if self._backoff.failures:
            return Condition(False, False, restarts, self._backoff.why)
        if self._was_started:
            return Condition(False, True, restarts, "being replaced")
        return Condition(True, True, restarts, "not started yet")

    async def ready(self) -> Chromium:
        """The running browser, else the next one, shared by all who wait; raises BrowserUnavailable."""
        while (chromium := self._living) is None:
            if self._is_closing:
                raise BrowserUnavailable("The browser pool is closing.")
            self._backoff.refuse_in_pause(self._clock())
            if self._start_ended is None:
                self._start_ended = asyncio.get_running_loop().create_future()
            self._wanted.set()
            await asyncio.shield(self._start_ended)
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
        """Give the next job a new browser; the old one ends with its last job, and first where memory is short."""
        if (chromium := self._living) is not None:
            self._end_service(chromium, reason)
            chromium.retired.set_result(reason)
            self._close_if_done(chromium)

    async def kill(self, reason: str) -> None:
        """End every browser now, whatever runs on it."""
        running = tuple(self._running)
        for chromium in running:
            chromium.die(reason)
        await asyncio.gather(*(chromium.close() for chromium in running))

    @property
    def _living(self) -> Chromium | None:
        chromium = self._current
        return chromium if chromium is not None and not chromium.died.is_set() else None

    async def _supervise(self) -> None:
        await self._wanted.wait()
        while not self._is_closing:
            await self._pause()
            chromium = await self._start()
            if chromium is not None and not self._is_closing:
                await self._until_served(chromium)

    async def _pause(self) -> None:
        """Wait until a start may be tried again; whoever asks when that time has come need not wait for our timer."""
        seconds = self._backoff.seconds_left(self._clock())
        if seconds:
            self._tell_waiters(BrowserUnavailable(self._backoff.why))
        self._wanted.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()

    async def _start(self) -> Chromium | None:
        """Start a browser and tell all who wait; ``None`` when that failed."""
        self._is_starting = True
        try:
            chromium = await self._tested()
        except Exception as error:  # noqa: BLE001 - whatever it was, no browser runs
            self._count_restart("launch")
            self._record_failure(str(error))
            self._tell_waiters(BrowserUnavailable(str(error)))
            return None
        finally:
            self._is_starting = False
        self._was_started = True
        self._current = chromium
        self._running[chromium] = asyncio.create_task(self._end_when_dead(chromium), name="browser end")
        _log.info("browser.started", version=chromium.browser.version, pid=chromium.pid, mode=chromium.around.mode)
        self._tell_waiters(None)
        return chromium

    async def _tested(self) -> Chromium:
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

    async def _until_served(self, chromium: Chromium) -> None:
        """Return when a browser died or was retired and the next may be started."""
        died = asyncio.ensure_future(chromium.died.wait())
        ends: set[asyncio.Future[Any]] = {died, chromium.retired}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if chromium is self._current:
            reason = chromium.reason or "crashed"
            if reason != "closed":
                _log.warning("browser.lost", reason=reason)
                self._end_service(chromium, reason)
        elif chromium.retired.result() == "memory" and (ending := self._running.get(chromium)):
            await asyncio.wait({ending})

    async def _end_when_dead(self, chromium: Chromium) -> None:
        """End for certain what is left of a dead browser."""
        await chromium.died.wait()
        await chromium.close()
        del self._running[chromium]

    def _end_service(self, chromium: Chromium, reason: str) -> None:
        """Lend it no more, and judge whether the next may be started at once: not if this one was of no use."""
        self._current = None
        self._count_restart(reason)
        is_young = self._clock() - chromium.started < _LIFE_SECONDS
        if chromium.is_failing:
            self._record_failure("One page after the other crashes in the browser.")
        elif reason in _FAULTS and is_young and not chromium.is_proven:
            self._record_failure("The browser dies as soon as it is used.")
        else:
            self._backoff.record_service()

    def _record_failure(self, why: str) -> None:
        self._is_proven = False
        pause_seconds = self._backoff.record_failure(why, self._clock())
        _log.error("browser.start_failed", why=why, again_in_seconds=pause_seconds)

    def _tell_waiters(self, error: BrowserUnavailable | None) -> None:
        told, self._start_ended = self._start_ended, None
        if told is not None and error is not None:
            told.set_exception(error)
            told.exception()  # it was told, even if all who waited have gone
        elif told is not None:
            told.set_result(None)

    def _close_if_done(self, chromium: Chromium) -> None:
        if chromium.lent == 0:
            closing = asyncio.create_task(chromium.close(), name="browser close", context=Context())
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)

    def _count_restart(self, reason: str) -> None:
        self._restarts[reason] += 1
        self._metrics.browser_restarts.labels(reason=reason).inc()
