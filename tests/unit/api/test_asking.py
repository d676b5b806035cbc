"""Which looks at a catalog cause a sync."""

from datetime import timedelta

import pytest

from catalog_samples import NOW, job
from watchsync.api.asking import needs_another
from watchsync.job import State


@pytest.mark.parametrize("state", [State.WAITING, State.DELAYED, State.RUNNING])
def test_a_list_with_an_active_job_needs_no_other(state: State):
    assert not needs_another(job(state), NOW + timedelta(days=9))


@pytest.mark.parametrize(
    ("state", "minutes", "needs"),
    [
        (State.DEAD, 9, False),
        (State.DEAD, 10, True),
        (State.COMPLETED, 0, False),
        (State.COMPLETED, 2, True),
        (State.CANCELLED, 2, True),
    ],
)
def test_a_finished_job_that_left_no_snapshot_is_followed_by_another_after_a_while(
    state: State, minutes: int, needs: bool
):
    assert needs_another(job(state, finished_at=NOW), NOW + timedelta(minutes=minutes)) is needs
