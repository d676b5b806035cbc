"""When may a site be asked for a page? One least interval and one circuit breaker, across all workers."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from watchsync import keys
from watchsync.errors import OriginCoolingDown, OriginCrowded, OriginRefusal, PageFault, Throttled
from watchsync.lua import Script
from watchsync.metrics import Metrics
from watchsync.origin.circuit_breaker import BreakerState, CircuitBreaker
from watchsync.redis_client import Client
from watchsync.work_limit import not_counted

_FIRST_PAUSE_MS = 15 * 60_000
_FIRST_PAUSE_AFTER_FAULTS_MS = 60_000
_FAULTS_IN_A_ROW = 3
"""A site that is down says nothing about us: it is asked again sooner than one that refuses."""
_LONGEST_PAUSE_MS = 24 * 3_600_000
_PROBE_MS = 120_000
_AT_ONCE = 4
_MOST_BOOKED = 10
"""While so many pages have a turn, no further list is begun: those that are under way come to their end."""
_NOBODY = ""
_ACQUIRE = Script.load(__package__, "acquire")
_REPORT = Script.load(__package__, "report")


class RateLimiter:
    """Knows one site's interval and breaker, as Redis keeps them for all workers. Ask it for a pass."""

    def __init__(
        self,
        client: Client,
        metrics: Metrics,
        *,
        host: str,
        interval_seconds: float,
        site: str = "pages",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._client = client
        self._key = keys.origin(host)
        self._interval_ms = int(interval_seconds * 1000)
        self._sleep = sleep
        self._clock = clock
        self._new_id = new_id
        self._open_until: float | None = None
        self._crowded_until = 0.0
        self._has_heard = False
        self._wait = metrics.origin_wait_seconds.labels(site=site)
        metrics.origin_open.labels(site=site).set_function(lambda: float(self.breaker.seconds > 0))

    @property
    def breaker(self) -> CircuitBreaker:
        """The breaker as this process last heard of it."""
        return CircuitBreaker.until(self._open_until, self._clock())

    @property
    def is_crowded(self) -> bool:
        """Whether a list that is begun now would be put off, as this process last heard."""
        return self._clock() < self._crowded_until

    @property
    def at_once(self) -> int:
        """How many pages of one list may be under way: more than one besides the next only without an interval."""
        return _AT_ONCE if self._interval_ms == 0 else 2

    def start_pass(self) -> "Pass":
        """The reading of one list, page after page."""
        return Pass(self, self._new_id())

    async def refuse_while_open(self) -> None:
        """Raise OriginCoolingDown where no page may be asked for, before anything is made ready for one.

        Costs a command at a process's first list and while the breaker was not closed when last heard of.
        """
        if not self._has_heard or self.breaker.state is not BreakerState.CLOSED:
            await self._admission(_NOBODY)  # which books no turn

    async def enter(self, pass_id: str, *, is_first: bool) -> bool:
        """Wait for our turn; answer whether a good answer matters: to a probe after a pause, or after faults.

        With an interval of 0 only a first page costs a command: there is nothing to space out. The wait is not
        counted as work. A first page is put off by OriginCrowded where the wait would be too long.
        """
        if not is_first and self._interval_ms == 0:
            return False
        admission = await self._admission(pass_id, _MOST_BOOKED * self._interval_ms if is_first else None)
        if admission.wait_ms:
            with not_counted():
                await self._sleep(admission.wait_ms / 1000)
        return admission.is_probe or admission.faults > 0

    async def note_used(self) -> None:
        """Write down that a list came from this site, which the last one did not."""
        await self._write("used", _NOBODY, 0)

    async def report_ok(self, pass_id: str) -> None:
        """Write down that the site answered as it should."""
        await self._write("ok", pass_id, 0)

    async def report_refusal(self, pass_id: str, asked_seconds: float) -> float:
        """Write down that the site refused us; answer for how many seconds the breaker is open now."""
        return await self._write("refused", pass_id, _FIRST_PAUSE_MS, asked_seconds)

    async def report_fault(self, pass_id: str, asked_seconds: float = 0.0) -> float:
        """Write down that nothing useful came; answer for how many seconds the breaker is open now, after some."""
        return await self._write("fault", pass_id, _FIRST_PAUSE_AFTER_FAULTS_MS, asked_seconds)

    async def _admission(self, pass_id: str, longest_wait_ms: int | None = None) -> "_Admission":
        admission = await self._acquire(pass_id, longest_wait_ms)
        self._note(admission.open_ms)
        if longest_wait_ms is not None and admission.excess_ms:
            self._wait.set((longest_wait_ms + admission.excess_ms) / 1000)
            self._crowded_until = self._clock() + admission.excess_ms / 1000
            raise OriginCrowded(retry_after_seconds=admission.excess_ms / 1000)
        self._wait.set(admission.wait_ms / 1000)
        if admission.is_probe:
            self._open_until = self._clock()
        if admission.open_ms:
            minutes = max(1, round(admission.open_ms / 60_000))
            raise OriginCoolingDown(
                f"IMDb did not let us in a short while ago; we leave it alone for another {minutes} min, "
                "then try again.",
                retry_after_seconds=admission.open_ms / 1000,
            )
        return admission

    async def _write(self, verdict: str, pass_id: str, first_pause_ms: int, asked_seconds: float = 0.0) -> float:
        asked_ms = int(asked_seconds * 1000)
        facts = (verdict, first_pause_ms, _LONGEST_PAUSE_MS, asked_ms, pass_id, _FAULTS_IN_A_ROW)
        open_ms = int(await _REPORT.run(self._client, [self._key], facts))
        self._note(open_ms)
        return open_ms / 1000

    async def _acquire(self, pass_id: str, longest_wait_ms: int | None) -> "_Admission":
        longest = "" if longest_wait_ms is None else longest_wait_ms
        facts = (self._interval_ms, _PROBE_MS, pass_id, longest)
        wait_ms, open_ms, is_probe, faults, excess_ms = await _ACQUIRE.run(self._client, [self._key], facts)
        return _Admission(wait_ms, open_ms, is_probe=bool(is_probe), faults=faults, excess_ms=excess_ms)

    def _note(self, open_ms: float) -> None:
        self._has_heard = True
        self._open_until = self._clock() + open_ms / 1000 if open_ms else None


@dataclass(frozen=True, slots=True)
class _Admission:
    """What acquire.lua answers: milliseconds to wait, or until the breaker lets a probe through (0: come in)."""

    wait_ms: int
    open_ms: int
    is_probe: bool
    faults: int
    """In a row so far."""
    excess_ms: int
    """By how much the wait would be too long; no turn was booked then."""


class Pass:
    """One list's passage through the limiter: ask before each page, and say how the site answered."""

    def __init__(self, limiter: RateLimiter, pass_id: str) -> None:
        self._limiter = limiter
        self._pass_id = pass_id
        self._is_first = True
        self._is_awaited = False

    async def enter(self) -> None:
        """Wait until the next page may be asked for.

        Raises OriginCoolingDown while the breaker is open (after the pause one pass is let through as a probe,
        whose answer decides for all), OriginCrowded before the first page where many pages have their turn before it,
        and RedisUnavailable.
        """
        self._is_awaited |= await self._limiter.enter(self._pass_id, is_first=self._is_first)
        self._is_first = False

    async def report_ok(self) -> None:
        """The site answered as it should. Costs a command only where this pass was the probe, or came after faults."""
        if self._is_awaited:
            await self._limiter.report_ok(self._pass_id)
            self._is_awaited = False

    async def report_refusal(self, refusal: OriginRefusal) -> float:
        """The site said no: open the breaker; answer for how many seconds.

        A site that only asks us to slow down is left alone for as long as it says, and longer where it says so again.
        """
        asked_seconds = refusal.retry_after_seconds or 0.0
        report = self._limiter.report_fault if isinstance(refusal, Throttled) else self._limiter.report_refusal
        return await report(self._pass_id, asked_seconds)

    async def report_fault(self, _: PageFault) -> float:
        """Nothing came, or nothing that can be read: some in a row, or one at a probe, open the breaker."""
        return await self._limiter.report_fault(self._pass_id)
