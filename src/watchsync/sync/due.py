"""Does a list need a sync now, and on which lane? The one rule for everybody who asks. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from watchsync.catalog.freshness import Freshness
from watchsync.job import ACTIVE, Job, JobState, Lane

_REFRESH_PAUSE: Final = timedelta(minutes=15)
"""A list that stays stale because its syncs fail is not refreshed at every look."""
_RETRY_PAUSE: Final = timedelta(minutes=10)
"""A list that could not be read is tried again when somebody looks after this time."""
_JUST_NOW: Final = timedelta(minutes=1)
"""A job that completed within this time may have stored its snapshot after we looked for it."""


class Asker(Enum):
    """Who asks, and so how much it takes to start a sync."""

    VIEWER = "viewer"
    """Looks at a catalog; what is there is shown meanwhile."""
    PERSON = "person"
    """Asks for a sync, on the page or over HTTP; a fresh snapshot is answer enough."""
    OPERATOR = "operator"
    """Asks for a sync in a terminal, and always gets one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a list. ``latest`` is only looked up where ``asks_for_latest`` says so."""

    freshness: Freshness
    latest: Job | None = None
    refreshed_at: datetime | None = None
    """When this process last asked for a refresh that nobody waits for."""
    lacks_only_facts: bool = False
    """Whether the snapshot is stale for TMDB's facts alone, which the schedule adds without asking IMDb."""


def asks_for_latest(asker: Asker, freshness: Freshness, *, force: bool) -> bool:
    """Whether the list's latest job matters: to a viewer who has nothing to see, to a person who gets no new job."""
    if asker is Asker.VIEWER:
        return freshness is Freshness.ABSENT
    return asker is Asker.PERSON and freshness is Freshness.FRESH and not force


def lane_due(asker: Asker, situation: Situation, now: datetime, *, force: bool = False) -> Lane | None:
    """The lane of the job that is due; ``None`` where none is. ``force`` is a person's wish for a sync at any rate."""
    if asker is Asker.OPERATOR or force:
        return Lane.INTERACTIVE
    if situation.freshness is Freshness.FRESH:
        return None
    if asker is Asker.PERSON:
        return Lane.SCHEDULED if situation.lacks_only_facts else Lane.INTERACTIVE
    if situation.freshness is Freshness.STALE:
        return None if _is_within(situation.refreshed_at, _REFRESH_PAUSE, now) else Lane.SCHEDULED
    return None if _will_do(situation.latest, now) else Lane.INTERACTIVE


def _will_do(latest: Job | None, now: datetime) -> bool:
    """Whether the latest job still brings a snapshot, or failed too short a while ago to try again."""
    if latest is None:
        return False
    pause = _RETRY_PAUSE if latest.state is JobState.DEAD else _JUST_NOW
    return latest.state in ACTIVE or _is_within(latest.finished_at or latest.created_at, pause, now)


def _is_within(at: datetime | None, pause: timedelta, now: datetime) -> bool:
    return at is not None and now - at < pause
