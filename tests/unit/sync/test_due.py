"""Which requests cause a sync."""

from datetime import timedelta

import pytest

from catalog_samples import NOW, job
from watchsync.catalog.freshness import Freshness
from watchsync.job import JobState, Lane
from watchsync.sync.due import Asker, Situation, asks_for_latest, lane_due

FRESH, STALE, ABSENT = Freshness.FRESH, Freshness.STALE, Freshness.ABSENT
INTERACTIVE, SCHEDULED = Lane.INTERACTIVE, Lane.SCHEDULED


@pytest.mark.parametrize(
    ("asker", "freshness", "lane"),
    [
        (Asker.VIEWER, FRESH, None),
        (Asker.VIEWER, STALE, SCHEDULED),
        (Asker.VIEWER, ABSENT, INTERACTIVE),
        (Asker.PERSON, FRESH, None),
        (Asker.PERSON, STALE, INTERACTIVE),
        (Asker.PERSON, ABSENT, INTERACTIVE),
        (Asker.OPERATOR, FRESH, INTERACTIVE),
        (Asker.OPERATOR, STALE, INTERACTIVE),
        (Asker.OPERATOR, ABSENT, INTERACTIVE),
    ],
)
def test_who_asks_and_what_is_there_decide(asker, freshness, lane):
    assert lane_due(asker, Situation(freshness=freshness), NOW) is lane


def test_a_person_waits_for_no_facts_of_tmdbs():
    situation = Situation(freshness=STALE, lacks_only_facts=True)
    assert lane_due(Asker.PERSON, situation, NOW) is SCHEDULED
    assert lane_due(Asker.VIEWER, situation, NOW) is SCHEDULED
    assert lane_due(Asker.OPERATOR, situation, NOW) is INTERACTIVE


@pytest.mark.parametrize("freshness", list(Freshness))
@pytest.mark.parametrize("asker", list(Asker))
def test_a_forced_sync_is_always_due(asker, freshness):
    situation = Situation(freshness=freshness, latest=job(JobState.RUNNING), refreshed_at=NOW)
    assert lane_due(asker, situation, NOW, force=True) is INTERACTIVE


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DELAYED, JobState.RUNNING])
def test_a_viewer_waits_for_the_active_job_however_long_it_takes(state):
    situation = Situation(freshness=ABSENT, latest=job(state))
    assert lane_due(Asker.VIEWER, situation, NOW + timedelta(days=9)) is None


@pytest.mark.parametrize(
    ("state", "seconds", "lane"),
    [
        (JobState.DEAD, 599, None),
        (JobState.DEAD, 600, INTERACTIVE),
        (JobState.COMPLETED, 59, None),
        (JobState.COMPLETED, 60, INTERACTIVE),
        (JobState.CANCELLED, 59, None),
        (JobState.CANCELLED, 60, INTERACTIVE),
    ],
)
def test_a_job_that_ended_without_a_snapshot_is_followed_by_another_after_a_pause(state, seconds, lane):
    situation = Situation(freshness=ABSENT, latest=job(state, finished_at=NOW))
    assert lane_due(Asker.VIEWER, situation, NOW + timedelta(seconds=seconds)) is lane


@pytest.mark.parametrize(("minutes", "lane"), [(0, None), (14, None), (15, SCHEDULED)])
def test_a_list_that_stays_stale_is_not_refreshed_at_every_look(minutes, lane):
    situation = Situation(freshness=STALE, refreshed_at=NOW)
    assert lane_due(Asker.VIEWER, situation, NOW + timedelta(minutes=minutes)) is lane


@pytest.mark.parametrize(
    ("asker", "freshness", "force", "asks"),
    [
        (Asker.VIEWER, ABSENT, False, True),
        (Asker.VIEWER, STALE, False, False),
        (Asker.VIEWER, FRESH, False, False),
        (Asker.PERSON, FRESH, False, True),
        (Asker.PERSON, FRESH, True, False),
        (Asker.PERSON, ABSENT, False, False),
        (Asker.OPERATOR, FRESH, False, False),
    ],
)
def test_the_latest_job_is_looked_up_only_where_it_matters(asker, freshness, force, asks):
    assert asks_for_latest(asker, freshness, force=force) is asks
