"""Which looks at a catalog cause a sync."""

from datetime import timedelta

import pytest

from catalog_samples import NOW, job
from watchsync.api.refresh import needs_another
from watchsync.job import JobState


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DELAYED, JobState.RUNNING])
def test_a_list_with_an_active_job_needs_no_other(state: JobState):
    assert not needs_another(job(state), NOW + timedelta(days=9))


@pytest.mark.parametrize(
    ("state", "minutes", "needs"),
    [
        (JobState.DEAD, 9, False),
        (JobState.DEAD, 10, True),
        (JobState.COMPLETED, 0, False),
        (JobState.COMPLETED, 2, True),
        (JobState.CANCELLED, 2, True),
    ],
)
def test_a_finished_job_that_left_no_snapshot_is_followed_by_another_after_a_while(
    state: JobState, minutes: int, needs: bool
):
    assert needs_another(job(state, finished_at=NOW), NOW + timedelta(minutes=minutes)) is needs
