"""Which part of our own machinery failed."""

from watchsync.errors.base import WatchsyncError


class Infrastructure(WatchsyncError):
    """Part of watchsync failed. The job is retried automatically."""

    code = "infrastructure"


class BrowserUnavailable(Infrastructure):
    """No browser could be started."""

    code = "browser-unavailable"


class BrowserLost(Infrastructure):
    """The browser crashed or stopped answering. A new one takes over."""

    code = "browser-lost"


class PoolExhausted(Infrastructure):
    """Every browser slot stayed busy for too long."""

    code = "pool-exhausted"


class OriginCrowded(Infrastructure):
    """Many lists wait for their turn at IMDb. This one's turn comes by itself."""

    code = "origin-crowded"

    def __init__(self, message: str | None = None, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class MemoryExhausted(Infrastructure):
    """The worker ran out of memory and exits to be restarted. Fix: give its container more memory."""

    code = "memory-exhausted"


class WorkerFailed(Infrastructure):
    """The worker failed and exits to be restarted. Its log says why; please report it."""

    code = "worker-failed"


class RedisUnavailable(Infrastructure):
    """Redis does not answer."""

    code = "redis-unavailable"


class RedisRefused(RedisUnavailable):
    """Redis answers, but refuses this command."""

    code = "redis-refused"


class OutcomeUnrecordable(Infrastructure):
    """Redis does not take what this attempt made. We try again."""

    code = "unrecordable"


class EmbeddedRedisFailed(Infrastructure):
    """The embedded Redis cannot run."""

    code = "embedded-redis"


class CannotListen(Infrastructure):
    """The address or port cannot be listened on."""

    code = "cannot-listen"
