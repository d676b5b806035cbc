"""What can go wrong, as one tree.

    WatchsyncError
    ├── BadInput                      the caller can fix it: say what was expected
    │   ├── InvalidRef                not an IMDb user, watchlist, ratings or list
    │   └── InvalidSetting            one or more settings are wrong, each named
    ├── ListUnreadable                the list itself says no; retrying does not help
    │   ├── PrivateList, ListNotFound
    │   ├── NotTitles                 a list of people, images or anything else that is no title
    │   └── NoWayToRead               no enabled strategy can read this kind of list
    ├── OriginRefusal                 the site refuses us; stay away for a while
    │   ├── ChallengeUnsolved, CaptchaDemanded, Refused, Throttled
    │   ├── ClientNameRefused         the data service does not take the name that we give it
    │   ├── SignInAsked               a page to sign in at, in the list's place
    │   └── OriginCoolingDown         the circuit breaker is open, so we do not even ask
    ├── PageFault                     a page arrived, but not as expected; retry
    │   └── PageDrifted, PageTimeout, OriginUnreachable, PartialRead
    ├── Infrastructure                our own machinery failed; the job is not to blame
    │   ├── BrowserUnavailable, BrowserLost, PoolExhausted
    │   └── MemoryExhausted, WorkerFailed, RedisUnavailable, EmbeddedRedisFailed
    └── QueueRefusal                  the queue refused an operation
        └── LeaseLost, JobNotFound, IllegalMove, IdempotencyConflict

Each class has a stable ``code``; its docstring's first line is what people read when nothing more exact is known.
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
    """This input cannot be used."""

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
    """IMDb has no such list. Copy the address from your watchlist's own page."""

    code = "not-found"


class NotTitles(ListUnreadable):
    """This list does not hold titles, so there is nothing to play."""

    code = "not-titles"


class NoWayToRead(ListUnreadable):
    """Ratings cannot be read without a browser. Ask the operator to add `page` to WATCHSYNC_IMDB_STRATEGIES."""

    code = "no-way-to-read"


class OriginRefusal(WatchsyncError):
    """IMDb is refusing this server. The last good copy stays; we retry automatically."""

    code = "origin-refusal"

    def __init__(self, message: str | None = None, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds  # what the site itself asked for, if it did


class ChallengeUnsolved(OriginRefusal):
    """IMDb's browser check did not let us through. The last good copy stays; we retry automatically."""

    code = "challenge"


class CaptchaDemanded(OriginRefusal):
    """IMDb is asking for a human (captcha), which we do not solve. The last good copy stays; we retry automatically."""

    code = "captcha"


class SignInAsked(OriginRefusal):
    """IMDb is asking us to sign in instead of showing the list. The last good copy stays; we retry automatically."""

    code = "sign-in"


class Refused(OriginRefusal):
    """IMDb is refusing this server's address. The last good copy stays; we retry automatically."""

    code = "refused"


class ClientNameRefused(OriginRefusal):
    """IMDb's data service does not take the name that we give it. Set WATCHSYNC_IMDB_GRAPHQL_CLIENT to one it takes."""

    code = "client-name-refused"


class Throttled(OriginRefusal):
    """IMDb asked us to slow down. We wait as long as it says, then retry automatically."""

    code = "throttled"


class OriginCoolingDown(OriginRefusal):
    """IMDb did not let us in a short while ago. We retry automatically when the pause is over."""

    code = "cooling-down"


class PageFault(WatchsyncError):
    """IMDb's page could not be read this time. We retry automatically."""

    code = "page-fault"


class PageDrifted(PageFault):
    """IMDb's page has changed and cannot be read. If this persists, please report it."""

    code = "drifted"


class PageTimeout(PageFault):
    """IMDb's page did not arrive in time. We retry automatically."""

    code = "page-timeout"


class OriginUnreachable(PageFault):
    """IMDb could not be reached. We retry automatically."""

    code = "unreachable"


class PartialRead(PageFault):
    """Only part of the list arrived. The last good copy stays; we retry automatically."""

    code = "partial"


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


class MemoryExhausted(Infrastructure):
    """The worker ran out of memory and exits to be restarted. Fix: give its container more memory."""

    code = "memory-exhausted"


class WorkerFailed(Infrastructure):
    """The worker failed and exits to be restarted. Its log says why; please report it."""

    code = "worker-failed"


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
    """This delivery is no longer ours: another worker holds it, or the job was cancelled."""

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
