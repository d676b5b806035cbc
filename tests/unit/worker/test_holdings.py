"""What a worker holds between taking a job and knowing that its end is recorded."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from watchsync.job import Completed, Delivery, Interrupted, Job, JobState, Lane, Write
from watchsync.refs import ListRef
from watchsync.worker.holdings import Holdings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HALF_A_MEGABYTE = Completed((Write("key", b"x" * 500_000, 60),))


@dataclass(frozen=True)
class StandIn:
    """A running job that does nothing."""

    delivery: Delivery


def delivery(job_id: str, fence: str = "1:w") -> Delivery:
    ref = ListRef.parse("ur1")
    return Delivery(Job(id=job_id, ref=ref, state=JobState.RUNNING, lane=Lane.INTERACTIVE, created_at=NOW), fence)


def running(holdings: Holdings[StandIn], *ids: str) -> list[StandIn]:
    attempts = [StandIn(delivery(job_id)) for job_id in ids]
    for attempt in attempts:
        holdings.start(attempt)
    return attempts


def ended(holdings: Holdings[StandIn], *ids: str, outcome=Interrupted()) -> None:  # noqa: B008
    for attempt in running(holdings, *ids):
        holdings.stop(attempt)
        holdings.end(attempt.delivery, outcome)


@pytest.fixture
def holdings() -> Holdings[StandIn]:
    return Holdings(slots=4)


def ids(settlements) -> list[str]:
    return [settlement.delivery.job.id for settlement in settlements]


def test_a_running_job_takes_a_slot_and_so_does_one_whose_end_is_not_recorded(holdings):
    running(holdings, "a")
    ended(holdings, "b")
    assert holdings.free_slots(()) == 2
    assert holdings.free_slots(holdings.next_settlements(one_by_one=False)) == 3


def test_what_is_handed_in_is_no_longer_held(holdings):
    running(holdings, "a")
    ended(holdings, "b")
    settlements = holdings.next_settlements(one_by_one=False)
    assert holdings.fences_besides(settlements) == {"a": "1:w"}
    assert holdings.fences_besides(()) == {"a": "1:w", "b": "1:w"}


def test_half_the_slots_are_handed_in_together(holdings):
    ended(holdings, "a", "b", "c")
    assert ids(holdings.next_settlements(one_by_one=False)) == ["a", "b"]


def test_after_trouble_each_end_is_handed_in_by_itself(holdings):
    ended(holdings, "a", "b")
    assert ids(holdings.next_settlements(one_by_one=True)) == ["a"]


def test_large_results_do_not_share_a_command(holdings):
    ended(holdings, "a", "b", outcome=HALF_A_MEGABYTE)
    assert ids(holdings.next_settlements(one_by_one=False)) == ["a"]


def test_a_result_larger_than_a_command_should_be_travels_alone():
    holdings: Holdings[StandIn] = Holdings(slots=4)
    ended(holdings, "a", outcome=Completed((Write("key", b"x" * 900_000, 60),)))
    assert ids(holdings.next_settlements(one_by_one=False)) == ["a"]


def test_a_single_slot_hands_in_its_one_end():
    holdings: Holdings[StandIn] = Holdings(slots=1)
    ended(holdings, "a")
    assert ids(holdings.next_settlements(one_by_one=False)) == ["a"]


def test_what_is_recorded_is_let_go(holdings):
    ended(holdings, "a", "b")
    holdings.settle(holdings.next_settlements(one_by_one=True))
    assert holdings.ids == ("b",)
    assert not holdings.is_settled


def test_a_job_that_is_cancelled_on_its_way_is_known_until_the_next_exchange(holdings):
    assert holdings.cancel("a") is None
    assert holdings.was_cancelled(delivery("a"))
    holdings.begin_exchange()
    assert not holdings.was_cancelled(delivery("a"))


def test_a_running_job_that_is_cancelled_is_found(holdings):
    (attempt,) = running(holdings, "a")
    assert holdings.cancel("a") is attempt
    assert not holdings.was_cancelled(attempt.delivery)


def test_a_job_that_comes_again_replaces_its_earlier_attempt(holdings):
    (earlier,) = running(holdings, "a")
    later = StandIn(delivery("a", "2:w"))
    assert holdings.start(later) is earlier
    holdings.stop(earlier)
    assert holdings.running == (later,)
    assert [each.fence for each in holdings.deliveries] == ["2:w"]


def test_a_job_that_comes_again_makes_its_unrecorded_end_void(holdings):
    ended(holdings, "a")
    assert holdings.start(StandIn(delivery("a", "2:w"))) is None
    assert holdings.is_settled
    assert holdings.fences_besides(()) == {"a": "2:w"}


def test_more_jobs_than_slots_leave_none_free():
    holdings: Holdings[StandIn] = Holdings(slots=1)
    running(holdings, "a", "b")
    assert holdings.free_slots(()) == 0
