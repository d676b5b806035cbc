"""What do we add to redis-py's clients? They tell how each command went, and probe an outage."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from redis.exceptions import RedisError

from watchsync import keys
from watchsync.availability import RedisAvailability
from watchsync.redis_errors import UNAVAILABLE, CommandRefused, Reason, is_certain, reason_of
from watchsync.retry import GrowingPause

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
_PROBE = ("EVAL", "return redis.call('SET', KEYS[1], '1', 'EX', 60)", 1, keys.PROBE)
_ANY_ERROR: tuple[type[Exception], ...] = (RedisError, *UNAVAILABLE)


@contextmanager
def as_connection_error() -> Iterator[None]:
    """Where asyncio lets a write to a connection that broke a moment ago go to nowhere, uvloop raises RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        raise ConnectionError(str(error)) from error


class Observed:
    """What we add to redis-py's clients: ``availability`` learns how each command went; an outage is probed.

    The probe is a script with one small write, which meets whatever would stop the queue's scripts.
    """

    availability: RedisAvailability
    has_sentinels = False
    """Whether there are sentinels to ask where the master is, which costs the server nothing."""
    _probing: asyncio.Task[None] | None = None

    async def follow_master(self) -> tuple[str, int] | None:
        """Ask the sentinels where the master is; ``None`` where there are none, or none answers."""
        return None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command. Where the server does not do it, raises one of UNAVAILABLE."""
        began = self.availability.moment()
        try:
            answer = await self._send(*args, **options)
        except _ANY_ERROR as error:
            if await self.observe_error(error, began) and not isinstance(error, UNAVAILABLE):
                raise CommandRefused(str(error), is_alone=not self.availability.is_down) from error
            raise
        self.availability.record_success()
        return answer

    async def observe_error(self, error: Exception, began: float | None = None) -> Reason | None:
        """Take note of a failure and answer its reason; an answer that only the caller understands is none.

        Where only this command may be at fault, a probe decides whether it is an outage.
        """
        reason = reason_of(error)
        if reason is None:
            return None
        is_outage = is_certain(reason) or (reason is not Reason.REFUSED and not await self._answers_probe())
        self.availability.record_failure(reason, error, is_outage=is_outage, began=began)
        if reason is Reason.READ_ONLY:
            await self._drop_connections()
        if self.availability.is_down and (self._probing is None or self._probing.done()):
            self._probing = asyncio.create_task(self._probe(), name="redis probe")
        return reason

    async def aclose(self, *args: Any) -> None:
        """Close every connection."""
        await self._stop_probing()
        await super().aclose(*args)  # type: ignore[misc]

    async def _stop_probing(self) -> None:
        """End the probe of an outage that outlasts us."""
        while self._probing and not self._probing.done():
            self._probing.cancel()
            await asyncio.wait({self._probing}, timeout=1)

    async def _send(self, *args: Any, **options: Any) -> Any:
        with as_connection_error():
            return await super().execute_command(*args, **options)  # type: ignore[misc]

    async def _answers_probe(self) -> bool:
        try:
            await self._send(*_PROBE)
        except _ANY_ERROR:
            return False
        return True

    async def _probe(self) -> None:
        pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while True:
            if await self._answers_probe():
                self.availability.record_recovery()
                return
            await asyncio.sleep(pause.next_seconds())

    async def _drop_connections(self) -> None:
        """This server is no master any more: a new connection looks its address up anew."""
        pool = getattr(self, "connection_pool", None)
        if pool is not None:
            with suppress(*_ANY_ERROR):
                await pool.disconnect()
