"""Is Redis there? Known from how this process's commands go, so that a probe costs none."""

import asyncio
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from time import monotonic

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ClusterError,
    ConnectionError as RedisConnectionError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

from watchsync import logs
from watchsync.metrics import Metrics

_log = logs.get(__name__)


class Reason(StrEnum):
    """Why a command failed, as metrics count it."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    LOADING = "loading"
    READ_ONLY = "read-only"
    FULL = "full"
    FAILOVER = "failover"
    BUSY = "busy"
    LOCKED_OUT = "locked-out"
    REFUSED = "refused"


class CommandRefused(RedisError):
    """The server answers, but will not do this now, and redis-py has no class of its own for that."""


_REASON_OF: Mapping[type[Exception], Reason] = {
    CommandRefused: Reason.REFUSED,
    AuthenticationError: Reason.LOCKED_OUT,
    NoPermissionError: Reason.REFUSED,
    BusyLoadingError: Reason.LOADING,
    ReadOnlyError: Reason.READ_ONLY,
    OutOfMemoryError: Reason.FULL,
    ClusterDownError: Reason.FAILOVER,
    MasterDownError: Reason.FAILOVER,
    TryAgainError: Reason.FAILOVER,
    RedisClusterException: Reason.UNREACHABLE,
    ClusterError: Reason.FAILOVER,
    RedisTimeoutError: Reason.SILENT,
    RedisConnectionError: Reason.UNREACHABLE,
    OSError: Reason.UNREACHABLE,
}
"""The more exact class first."""
_REASON_OF_WORD = {
    "LOADING": Reason.LOADING,
    "READONLY": Reason.READ_ONLY,
    "OOM": Reason.FULL,
    "MISCONF": Reason.FULL,
    "NOREPLICAS": Reason.FAILOVER,
    "MASTERDOWN": Reason.FAILOVER,
    "CLUSTERDOWN": Reason.FAILOVER,
    "BUSY": Reason.BUSY,
    "UNKILLABLE": Reason.BUSY,
    "WRONGTYPE": Reason.REFUSED,
    "NOPERM": Reason.REFUSED,
    "Protocol error: unauthenticated": Reason.LOCKED_OUT,  # to a long command of who has not logged in
    "The previous master is now a slave": Reason.READ_ONLY,  # how redis-py says it where sentinels are
}
_WORD = re.compile(rf"(?:^|-)({'|'.join(_REASON_OF_WORD)})\b")
"""A script on Redis 6.2 hands an error on as ``ERR Error running script …: -READONLY …``."""
UNAVAILABLE: tuple[type[Exception], ...] = tuple(_REASON_OF)
"""What a server that is away, starting, failing over, full or unwilling makes us meet; waiting may mend it."""


def reason_of(error: Exception) -> Reason | None:
    """Why the server did not do it; ``None`` for an answer that only the caller understands."""
    if word := _WORD.search(str(error)):
        return _REASON_OF_WORD[word[1]]
    return next((reason for kind, reason in _REASON_OF.items() if isinstance(error, kind)), None)


class RedisAvailability:
    """Knows since when Redis is away, says once when that begins and once when it is over, and counts failures.

    An outage is over when a probe succeeds, not when any command does: a full server still answers reads.
    A command refused for its own sake (a key of another type, a missing permission) is told once and is no outage.
    Without metrics it keeps all this to itself, as suits a command that ends by telling what went wrong.
    """

    def __init__(self, metrics: Metrics | None = None, *, clock: Callable[[], float] = monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._down_since: float | None = None
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

    def record_failure(self, reason: Reason, error: Exception) -> None:
        """A command failed."""
        if self._metrics:
            self._metrics.redis_errors.labels(reason=reason.value).inc()
        if reason is Reason.REFUSED:
            self._tell_refusal(str(error))
        elif self._down_since is None:
            self._down_since = self._clock()
            self._set(is_up=False)
            self._tell("warning", "redis.lost", reason=reason.value, error=str(error))

    def record_recovery(self) -> None:
        """A probe was answered: the outage is over."""
        if self._down_since is not None:
            seconds = round(self._clock() - self._down_since, 1)
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
