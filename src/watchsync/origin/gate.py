"""The gate before a site: one least interval across all workers, and a breaker that closes it after a refusal."""

import asyncio
from importlib import resources
from typing import Any

from redis.exceptions import RedisError

from watchsync import keys
from watchsync.errors import OriginCoolingDown, OriginRefusal, RedisAway, Throttled
from watchsync.metrics import Metrics
from watchsync.redis_client import Client

_FIRST_PAUSE_MS = 15 * 60_000
_LONGEST_PAUSE_MS = 24 * 3_600_000
_PROBE_MS = 120_000


class Gate:
    """Asks Redis before a page is asked for.

    With an interval of 0 only the first page of a list costs a command: there is nothing to space out.
    """

    def __init__(self, client: Client, metrics: Metrics, *, host: str, interval_seconds: float) -> None:
        folder = resources.files(__package__)
        self._enter = client.register_script((folder / "enter.lua").read_text())
        self._report = client.register_script((folder / "report.lua").read_text())
        self._metrics = metrics
        self._key = keys.origin(host)
        self._interval_ms = int(interval_seconds * 1000)
        self._had_trouble = False
        self.open_seconds = 0.0
        """How long the breaker stays open, as last heard; 0 is closed."""

    async def enter(self, *, is_first: bool) -> None:
        """Wait for our turn; raises OriginCoolingDown while the breaker is open, and RedisAway."""
        if not is_first and self._interval_ms == 0:
            return
        wait_ms, open_ms = await self._call(self._enter, self._interval_ms, _PROBE_MS)
        self._note(open_ms)
        if open_ms:
            minutes = max(1, round(open_ms / 60_000))
            raise OriginCoolingDown(
                f"IMDb refused us a short while ago; we leave it alone for another {minutes} min, then try again.",
                retry_after_seconds=open_ms / 1000,
            )
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)

    async def report_ok(self) -> None:
        """The site answered as it should. Costs a command only after trouble."""
        if self._had_trouble:
            await self._call(self._report, "ok", 0, 0, 0)
            self._had_trouble = False
            self._note(0)

    async def report_refusal(self, refusal: OriginRefusal) -> float:
        """The site said no: open the breaker; answer for how many seconds."""
        asked_ms = int((refusal.retry_after_seconds or 0) * 1000)
        if isinstance(refusal, Throttled):
            open_ms = await self._call(self._report, "throttled", 0, 0, asked_ms) if asked_ms else 0
        else:
            open_ms = await self._call(self._report, "refused", _FIRST_PAUSE_MS, _LONGEST_PAUSE_MS, asked_ms)
        self._had_trouble = True
        self._note(open_ms)
        return open_ms / 1000

    def _note(self, open_ms: float) -> None:
        self.open_seconds = open_ms / 1000
        self._metrics.origin_open.set(1 if open_ms else 0)
        self._had_trouble = self._had_trouble or bool(open_ms)

    async def _call(self, script: Any, *args: object) -> Any:
        try:
            return await script(keys=[self._key], args=args)
        except (RedisError, OSError) as error:
            raise RedisAway(f"Redis does not answer ({type(error).__name__}).") from error
