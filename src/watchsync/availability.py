"""Is Redis there? Known from how this process's commands go, so that a probe costs none."""

import asyncio
from collections.abc import Callable
from time import monotonic

from watchsync import logs
from watchsync.metrics import Metrics
from watchsync.redis_errors import Reason

_log = logs.get(__name__)


class RedisAvailability:
    """Knows since when Redis is away, says once when that begins and once when it is over, and counts failures.

    An outage is over when a probe succeeds, not when any command does: a full server still answers reads.
    A command refused for its own sake (a key of another type, a right that the user lacks) is told once and is no
    outage. Whether an error that nobody knows is one, a probe tells.
    Without metrics it keeps all this to itself, as suits a command that ends by telling what went wrong.
    """

    def __init__(self, metrics: Metrics | None = None, *, clock: Callable[[], float] = monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._down_since: float | None = None
        self._recovered_at = float("-inf")
        self._up = asyncio.Event()
        self._told: set[str] = set()

    @property
    def is_up(self) -> bool:
        """Whether Redis was there when we last heard of it; not before it was heard once."""
        return self._up.is_set()

    @property
    def is_down(self) -> bool:
        """Whether we know that it is not there."""
        return self._down_since is not None

    async def until_up(self) -> None:
        """Return as soon as Redis is there."""
        await self._up.wait()

    def record_success(self) -> None:
        """A command was answered."""
        if self._down_since is None and not self._up.is_set():
            self._set(is_up=True)

    def moment(self) -> float:
        """Now, by the clock that outages are measured with."""
        return self._clock()

    def record_failure(
        self, reason: Reason, error: Exception, *, is_outage: bool = True, began: float | None = None
    ) -> None:
        """A command failed, and whether any other would have.

        One that ``began`` (see ``moment``) before the last outage was over tells nothing new.
        """
        if self._metrics:
            self._metrics.redis_errors.labels(reason=reason.value).inc()
        if not is_outage:
            self._tell_refusal(str(error))
        elif self._down_since is None and (began is None or began >= self._recovered_at):
            self._down_since = self._clock()
            self._set(is_up=False)
            self._tell("warning", "redis.lost", reason=reason.value, error=str(error))

    def record_recovery(self) -> None:
        """A probe was answered: the outage is over."""
        if self._down_since is not None:
            self._recovered_at = self._clock()
            seconds = round(self._recovered_at - self._down_since, 1)
            self._down_since = None
            self._set(is_up=True)
            self._tell("info", "redis.recovered", away_seconds=seconds)

    def _set(self, *, is_up: bool) -> None:
        if is_up:
            self._up.set()
        else:
            self._up.clear()
        if self._metrics:
            self._metrics.redis_up.set(int(is_up))

    def _tell_refusal(self, error: str) -> None:
        code = error.split(maxsplit=1)[0] if error else ""
        if code not in self._told:
            self._told.add(code)
            self._tell("error", "redis.command_refused", error=error)

    def _tell(self, level: str, event: str, **facts: object) -> None:
        if self._metrics:
            getattr(_log, level)(event, **facts)
