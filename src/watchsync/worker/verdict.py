"""What follows from a failed attempt? Pure."""

import random
from itertools import takewhile

from watchsync.errors import (
    BadInput,
    BrowserUnavailable,
    Infrastructure,
    ListUnreadable,
    NoWayToRead,
    OriginCoolingDown,
    OriginCrowded,
    OriginRefusal,
    PoolExhausted,
    Throttled,
    WatchsyncError,
)
from watchsync.job import Dead, Job, JobError, Postponed, RetryAt
from watchsync.retry import Backoff

_NO_BROWSER = Backoff(base_seconds=15, cap_seconds=300)
_CROWD = Backoff(base_seconds=1, cap_seconds=1)
_INFRASTRUCTURE = Backoff(base_seconds=2, cap_seconds=60)
_PAGE = Backoff(base_seconds=15, cap_seconds=300)
_REFUSAL = Backoff(base_seconds=900, cap_seconds=86_400, factor=4)
"""After a refusal the site is left alone for a quarter of an hour, or as long as its breaker says."""
_MOST_REFUSED_ATTEMPTS = 2
"""A job that was refused this often ends; whoever looks at its list later asks for the next."""
_UNEXPECTED = JobError("unexpected", "Something unexpected went wrong on our side; we try again.")


def verdict(error: Exception, job: Job, rng: random.Random) -> RetryAt | Postponed | Dead:
    """Decide whether another attempt can help, and when. The queue itself ends a job after its last attempt.

    A job that got no browser never began: that costs no attempt, and the pause grows while it goes on.
    """
    attempt = job.attempts
    if not isinstance(error, WatchsyncError):
        return RetryAt(_PAGE.wait_seconds(attempt, rng), _UNEXPECTED)
    told = JobError(error.code, str(error))
    if isinstance(error, BrowserUnavailable | PoolExhausted):
        return Postponed(_NO_BROWSER.wait_seconds(_postponed_in_a_row(job) + 1, rng), told)
    if isinstance(error, OriginCrowded):
        return Postponed(_CROWD.wait_seconds(1, rng, at_least=error.retry_after_seconds), told)
    if isinstance(error, ListUnreadable):
        return Dead(told, by_owner=not isinstance(error, NoWayToRead))
    if isinstance(error, BadInput) or (_is_no(error) and attempt >= _MOST_REFUSED_ATTEMPTS):
        return Dead(told)
    if isinstance(error, OriginRefusal):
        return RetryAt(_refusal_seconds(error, attempt, rng), told)
    backoff = _INFRASTRUCTURE if isinstance(error, Infrastructure) else _PAGE
    return RetryAt(backoff.wait_seconds(attempt, rng), told)


def _postponed_in_a_row(job: Job) -> int:
    return sum(1 for _ in takewhile(lambda entry: entry.outcome == "postponed", reversed(job.history)))


def _is_no(error: WatchsyncError) -> bool:
    """Whether the site was asked and said no, not merely later."""
    return isinstance(error, OriginRefusal) and not isinstance(error, Throttled | OriginCoolingDown)


def _refusal_seconds(error: OriginRefusal, attempt: int, rng: random.Random) -> float:
    asked = error.retry_after_seconds or 0.0
    if not _is_no(error):
        return _PAGE.wait_seconds(attempt, rng, at_least=asked)
    return _REFUSAL.wait_seconds(attempt, rng, at_least=asked or _REFUSAL.base_seconds)
