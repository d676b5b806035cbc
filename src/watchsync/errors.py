"""What can go wrong, as one tree.

    WatchsyncError
    ├── BadInput                      the caller can mend it: say what was expected
    │   ├── InvalidRef                not an IMDb user, watchlist, ratings or list
    │   └── InvalidSetting            one or more settings are wrong, each named
    ├── ListUnreadable                the list itself says no; trying again does not help
    │   ├── PrivateList
    │   ├── ListNotFound
    │   └── NoWayToRead               none of the strategies that are switched on offers this kind of list
    ├── OriginRefusal                 the site says no to us; keep away for a while
    │   ├── ChallengeUnsolved
    │   ├── CaptchaDemanded
    │   ├── Refused
    │   ├── Throttled
    │   └── OriginCoolingDown         we say no on the site's behalf: the breaker is open
    ├── PageFault                     a page that came, but not as expected; try again
    │   ├── PageDrifted
    │   ├── PageTimeout
    │   ├── OriginUnreachable
    │   └── PartialRead
    ├── Infrastructure                our own machinery failed; the job is not to blame
    │   ├── BrowserUnavailable
    │   ├── BrowserLost
    │   ├── PoolExhausted
    │   ├── MemoryExhausted
    │   ├── WorkerBroke
    │   ├── RedisUnavailable
    │   └── EmbeddedRedisFailed
    └── QueueRefusal                  an illegal move was asked of the queue
        ├── LeaseLost
        ├── JobNotFound
        ├── IllegalMove
        └── IdempotencyConflict

Each class carries a stable ``code`` (kept in job records and metrics) and, as its docstring's first line,
the sentence that people read when nothing more exact is known.
"""

from typing import ClassVar


class WatchsyncError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence())

    @classmethod
    def sentence(cls) -> str:
        """The first line of the docstring: the message used when none is given."""
        return (cls.__doc__ or "Something went wrong.").strip().splitlines()[0]


class BadInput(WatchsyncError):
    """What was given cannot be used."""

    code = "bad-input"


class InvalidRef(BadInput):
    """Expected an IMDb user (ur12345678 or p.…), a list (ls012345678), or the address of one on imdb.com."""

    code = "invalid-ref"


class InvalidSetting(BadInput):
    """A setting is wrong."""

    code = "invalid-setting"


class ListUnreadable(WatchsyncError):
    """IMDb does not show this list."""

    code = "list-unreadable"


class PrivateList(ListUnreadable):
    """This list is private. Open it on IMDb, choose Edit, set Privacy to Public, then sync again."""

    code = "private"


class ListNotFound(ListUnreadable):
    """IMDb knows no such list. Check the address: copy it from the page of your watchlist."""

    code = "not-found"


class NoWayToRead(ListUnreadable):
    """This server reads lists without a browser, and ratings cannot be read so. Ask whoever runs it to add `page`."""

    code = "no-way-to-read"


class OriginRefusal(WatchsyncError):
    """IMDb does not answer us at the moment; the last good copy is kept and we try again later.

    ``retry_after_seconds`` is what the site itself asked for, if it did.
    """

    code = "origin-refusal"

    def __init__(self, message: str | None = None, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ChallengeUnsolved(OriginRefusal):
    """IMDb's browser check did not let us through; the last good copy is kept and we try again later."""

    code = "challenge"


class CaptchaDemanded(OriginRefusal):
    """IMDb asks for a human (captcha). We do not solve captchas: we keep the last good copy and wait."""

    code = "captcha"


class Refused(OriginRefusal):
    """IMDb refuses this server's address; the last good copy is kept and we try again later."""

    code = "refused"


class Throttled(OriginRefusal):
    """IMDb asks us to slow down; we wait as long as it says and try again."""

    code = "throttled"


class OriginCoolingDown(OriginRefusal):
    """IMDb refused us a short while ago, so we leave it alone until the pause is over."""

    code = "cooling-down"


class PageFault(WatchsyncError):
    """IMDb's page could not be read this time; we try again."""

    code = "page-fault"


class PageDrifted(PageFault):
    """IMDb's page looks different from what we can read; please report it if it stays so."""

    code = "drifted"


class PageTimeout(PageFault):
    """IMDb's page did not arrive in time; we try again."""

    code = "page-timeout"


class OriginUnreachable(PageFault):
    """IMDb could not be reached; we try again."""

    code = "unreachable"


class PartialRead(PageFault):
    """Only a part of the list arrived, so the last good copy is kept; we try again."""

    code = "partial"


class Infrastructure(WatchsyncError):
    """A part of watchsync failed; the job is tried again."""

    code = "infrastructure"


class BrowserUnavailable(Infrastructure):
    """No browser could be started."""

    code = "browser-unavailable"


class BrowserLost(Infrastructure):
    """The browser crashed or stopped answering; a new one takes over."""

    code = "browser-lost"


class PoolExhausted(Infrastructure):
    """Every browser slot stayed busy for too long."""

    code = "pool-exhausted"


class MemoryExhausted(Infrastructure):
    """The worker has used up its memory and leaves, to be started afresh. Fix: give its container more memory."""

    code = "memory-exhausted"


class WorkerBroke(Infrastructure):
    """The worker met a fault of its own and leaves, to be started afresh; its log says which. Please report it."""

    code = "worker-broke"


class RedisUnavailable(Infrastructure):
    """Redis does not answer."""

    code = "redis-unavailable"


class EmbeddedRedisFailed(Infrastructure):
    """The embedded Redis cannot run."""

    code = "embedded-redis"


class QueueRefusal(WatchsyncError):
    """The queue refused that."""

    code = "queue-refusal"


class LeaseLost(QueueRefusal):
    """This delivery is no longer ours: another worker has it, or it was cancelled."""

    code = "lease-lost"


class JobNotFound(QueueRefusal):
    """No such job. Finished jobs are kept for a few days."""

    code = "job-not-found"


class IllegalMove(QueueRefusal):
    """The job's state does not allow that."""

    code = "illegal-move"


class IdempotencyConflict(QueueRefusal):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency-conflict"
