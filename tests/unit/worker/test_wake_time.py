"""Until when a worker waits after an exchange, or after none."""

import pytest

from watchsync.queue.consumer import Handover
from watchsync.worker.leases import Leases
from watchsync.worker.wake_time import WakeTime

IDLE = Handover((), (), None, 30.0, frozenset())
HELD_BY_OTHER = Handover((), (), None, 12.0, frozenset({"other"}))


@pytest.fixture
def leases() -> Leases:
    return Leases(30)


@pytest.fixture
def wake(leases) -> WakeTime:
    return WakeTime(leases)


def succeed(wake, now, handover=IDLE, *, has_taken=True, has_more=False, is_draining=False) -> float:
    wake.after_success(now, handover, has_taken=has_taken, has_more=has_more, is_draining=is_draining)
    return wake.at


def test_a_new_worker_talks_to_the_queue_at_once(wake):
    assert wake.at == 0


def test_with_nothing_to_do_it_looks_every_five_minutes(wake):
    assert succeed(wake, 100) == 400


def test_it_wakes_for_the_next_due_job_but_no_later_than_it_would_look(wake):
    assert succeed(wake, 100, Handover((), (), 7.0, 30.0, frozenset())) == 107
    assert succeed(wake, 100, Handover((), (), 900.0, 30.0, frozenset())) == 400


def test_it_wakes_when_a_lease_may_run_out(wake):
    assert succeed(wake, 100, HELD_BY_OTHER) == 112


def test_the_wake_time_moves_as_the_holder_renews(wake, leases):
    succeed(wake, 100, HELD_BY_OTHER)
    leases.hear(b"other 1", 110)
    assert wake.at == 140


def test_without_a_free_slot_no_lease_matters(wake, leases):
    leases.hear(b"other 1", 100)
    wake.after_nothing_to_say(100, is_unready=False)
    assert wake.at == 400


def test_what_ended_meanwhile_goes_at_once(wake):
    assert succeed(wake, 100, HELD_BY_OTHER, has_more=True) == 100


def test_a_worker_that_is_not_ready_asks_itself_again_after_a_second(wake):
    wake.after_nothing_to_say(100, is_unready=True)
    assert wake.at == 101
    assert succeed(wake, 100, has_taken=False) == 101


def test_while_it_drains_only_ends_wake_it(wake):
    assert succeed(wake, 100, has_taken=False, is_draining=True) == 400


def test_pauses_grow_while_the_queue_is_away_and_start_over_afterwards(wake):
    def pause() -> float:
        wake.after_failure(100)
        return round(wake.at - 100, 3)

    assert [pause() for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    succeed(wake, 100)
    assert pause() == 0.2


def test_a_failure_waits_its_pause_even_if_a_lease_runs_out(wake):
    succeed(wake, 100, HELD_BY_OTHER)
    wake.after_failure(112)
    assert wake.at == pytest.approx(112.2)
