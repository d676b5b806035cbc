"""When another worker's lease may run out, told by messages alone."""

import pytest

from watchsync.worker.leases import Leases


@pytest.fixture
def leases():
    return Leases(30)


def test_while_nobody_holds_anything_there_is_nothing_to_wait_for(leases):
    assert leases.next_at is None


def test_a_holder_is_silent_for_a_lease_before_one_looks(leases):
    leases.hear(b"other 2", 100)
    assert leases.next_at == 130


def test_each_sign_of_life_begins_a_new_lease(leases):
    leases.hear(b"other 2", 100)
    leases.hear(b"other 2", 110)
    assert leases.next_at == 140


def test_who_holds_nothing_any_more_is_not_waited_for(leases):
    leases.hear(b"other 2", 100)
    leases.hear(b"other 0", 110)
    assert leases.next_at is None


def test_the_first_of_several_to_run_out_counts(leases):
    leases.hear(b"one 1", 100)
    leases.hear(b"two 1", 105)
    assert leases.next_at == 130


def test_a_holder_that_was_never_heard_runs_out_when_the_queue_says(leases):
    leases.look(["stranger"], 12, 100)
    assert leases.next_at == 112


def test_a_holder_that_was_heard_lately_is_not_looked_at_sooner(leases):
    leases.hear(b"other 1", 100)
    leases.look(["other"], 5, 110)
    assert leases.next_at == 130


def test_a_holder_that_ran_out_by_our_clock_but_not_by_the_queues_gets_the_rest(leases):
    leases.hear(b"other 1", 100)
    leases.look(["other"], 7, 131)
    assert leases.next_at == 138


def test_whom_the_queue_no_longer_names_is_forgotten(leases):
    leases.hear(b"other 1", 100)
    leases.look([], 30, 110)
    assert leases.next_at is None


def test_a_message_that_makes_no_sense_is_no_holder(leases):
    leases.hear(b"other many", 100)
    assert leases.next_at is None
