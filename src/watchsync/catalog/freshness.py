"""How old is a snapshot, and for how long may others keep what was made of it?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from watchsync.snapshot import Completeness, Snapshot

_LONGEST_SECONDS: Final = 900
"""A list that was refreshed by hand shows within this time, even through caches."""
_STEP_SECONDS: Final = 10
"""Cache times move in steps, so that the same bytes serve many requests."""
_STALE_SECONDS: Final = 30
_UNFINISHED: Final = timedelta(minutes=15)
_WEEK_SECONDS: Final = 7 * 24 * 3600


class Freshness(StrEnum):
    """Whether a snapshot may be served as it is."""

    FRESH = "fresh"
    STALE = "stale"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """The three times, in seconds, that stand both in the body and in ``Cache-Control``."""

    max_age: int
    stale_while_revalidate: int
    stale_if_error: int

    @property
    def header(self) -> str:
        """The value of ``Cache-Control``, as the protocol's own server writes it."""
        return (
            f"max-age={self.max_age}, stale-while-revalidate={self.stale_while_revalidate}, "
            f"stale-if-error={self.stale_if_error}, public"
        )


SYNCING = CacheTimes(5, 0, 0)
"""For the card of a first sync: look again soon."""
CARD = CacheTimes(30, 0, 0)
"""For a card that needs somebody to do something."""


def lifetime(snapshot: Snapshot, max_age: timedelta) -> timedelta:
    """How long a snapshot stays fresh; a part, or one that lacks facts of TMDB's, no longer than a quarter of an hour.

    A list that is longer than we read is no part that a further look would complete.
    """
    is_part = snapshot.completeness is Completeness.PARTIAL and snapshot.reading.bound is None
    return min(max_age, _UNFINISHED) if snapshot.unenriched or is_part else max_age


def lacks_only_facts(snapshot: Snapshot, now: datetime, max_age: timedelta) -> bool:
    """Whether the list itself is fresh and no more than TMDB's facts are owed: IMDb need not be asked for those."""
    alone = replace(snapshot, unenriched=())
    is_fresh = freshness(snapshot.fetched_at, now, lifetime(alone, max_age)) is Freshness.FRESH
    return bool(snapshot.unenriched) and is_fresh


def freshness(fetched_at: datetime | None, now: datetime, max_age: timedelta) -> Freshness:
    """Judge a snapshot by its age."""
    if fetched_at is None:
        return Freshness.ABSENT
    return Freshness.FRESH if now - fetched_at < max_age else Freshness.STALE


def cache_times(fetched_at: datetime, now: datetime, max_age: timedelta) -> CacheTimes:
    """For how long an answer made of this snapshot may be kept.

    ``max-age`` never outlasts the snapshot's own freshness; a stale one is asked for again soon, because its
    refresh is on the way.
    """
    remaining = (fetched_at + max_age - now).total_seconds()
    if remaining <= 0:
        return CacheTimes(_STALE_SECONDS, int(max_age.total_seconds()), _WEEK_SECONDS)
    remaining = min(remaining, max_age.total_seconds())
    kept = remaining if remaining < _STEP_SECONDS else remaining - remaining % _STEP_SECONDS
    return CacheTimes(min(int(kept), _LONGEST_SECONDS), int(max_age.total_seconds()), _WEEK_SECONDS)
