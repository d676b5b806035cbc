"""The limiter before a site: one least interval across all workers, and a breaker that closes it after a refusal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from watchsync import keys
from watchsync.errors import OriginCoolingDown, OriginRefusal, Throttled
from watchsync.lua import Script
from watchsync.metrics import Metrics
from watchsync.origin.circuit_breaker import CircuitBreaker
from watchsync.redis_client import Client

_FIRST_PAUSE_MS = 15 * 60_000
_LONGEST_PAUSE_MS = 24 * 3_600_000
_PROBE_MS = 120_000
_AT_ONCE = 4
_ACQUIRE = Script.load(__package__, "acquire")
_REPORT = Script.load(__package__, "report")


class RateLimiter:
    """Knows one site's interval and breaker, as Redis keeps them for all workers. Ask it for a visit."""

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
        metrics.origin_open.labels(site=site).set_function(lambda: float(self.breaker.seconds > 0))

    @property
    def breaker(self) -> CircuitBreaker:
        """The breaker as this process last heard of it."""
        return CircuitBreaker.until(self._open_until, self._clock())

    @property
    def at_once(self) -> int:
        """How many pages of one list may be under way: more than one besides the next only without an interval."""
        return _AT_ONCE if self._interval_ms == 0 else 2

    def start_pass(self) -> "Pass":
        """The reading of one list, page after page."""
        return Pass(self, self._new_id())

    async def enter(self, pass_id: str, *, is_first: bool) -> bool:
        """Wait for our turn; answer whether this pass_id is the one probe after a pause.

        With an interval of 0 only a first page costs a command: there is nothing to space out.
        """
        if not is_first and self._interval_ms == 0:
            return False
        admission = await self._acquire(pass_id)
        self._note(admission.open_ms)
        if admission.is_probe:
            self._open_until = self._clock()
        if admission.open_ms:
            minutes = max(1, round(admission.open_ms / 60_000))
            raise OriginCoolingDown(
                f"IMDb refused us a short while ago; we leave it alone for another {minutes} min, then try again.",
                retry_after_seconds=admission.open_ms / 1000,
            )
        if admission.wait_ms:
            await self._sleep(admission.wait_ms / 1000)
        return admission.is_probe

    async def report(self, verdict: str, pass_id: str, asked_seconds: float = 0.0) -> float:
        """Write down ``ok``, ``refused`` or ``throttled``; answer for how many seconds the breaker is open now."""
        asked_ms = int(asked_seconds * 1000)
        facts = (verdict, _FIRST_PAUSE_MS, _LONGEST_PAUSE_MS, asked_ms, pass_id)
        open_ms = int(await _REPORT.run(self._client, [self._key], facts))
        self._note(open_ms)
        return open_ms / 1000

    async def _acquire(self, pass_id: str) -> "_Admission":
        facts = (self._interval_ms, _PROBE_MS, pass_id)
        wait_ms, open_ms, is_probe = await _ACQUIRE.run(self._client, [self._key], facts)
        return _Admission(wait_ms, open_ms, is_probe=bool(is_probe))

    def _note(self, open_ms: float) -> None:
        self._open_until = self._clock() + open_ms / 1000 if open_ms else None


@dataclass(frozen=True, slots=True)
class _Admission:
    """What acquire.lua answers: milliseconds to wait, or until the breaker lets a probe through (0: come in)."""

    wait_ms: int
    open_ms: int
    is_probe: bool


class Pass:
    """One list's passage through the limiter: ask before each page, and say how the site answered."""

    def __init__(self, limiter: RateLimiter, pass_id: str) -> None:
        self._limiter = limiter
        self._pass_id = pass_id
        self._is_first = True
        self._is_probe = False

    async def enter(self) -> None:
        """Wait until the next page may be asked for.

        Raises OriginCoolingDown while the breaker is open (after the pause one visit is let through as a probe,
        whose answer decides for all) and RedisUnavailable.
        """
        self._is_probe |= await self._limiter.enter(self._pass_id, is_first=self._is_first)
        self._is_first = False

    async def report_ok(self) -> None:
        """The site answered as it should. Costs a command only where this visit was the probe."""
        if self._is_probe:
            await self._limiter.report("ok", self._pass_id)
            self._is_probe = False

    async def report_refusal(self, refusal: OriginRefusal) -> float:
        """The site said no: open the breaker; answer for how many seconds.

        A site that only asks us to slow down is left alone for as long as it says, no longer.
        """
        asked_seconds = refusal.retry_after_seconds or 0.0
        if not isinstance(refusal, Throttled):
            return await self._limiter.report("refused", self._pass_id, asked_seconds)
        return await self._limiter.report("throttled", self._pass_id, asked_seconds) if asked_seconds else 0.0
