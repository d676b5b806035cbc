"""An outcome at fault is told from a Redis at fault: it fails alone, while the exchanges between go well."""

from datetime import UTC, datetime

from watchsync.job import Completed, Delivery, Job, JobState, Lane
from watchsync.queue.consumer import Settlement
from watchsync.refs import ListRef
from watchsync.worker.suspects import Suspects


def settlement(name="j1"):
    job = Job(
        id=name,
        ref=ListRef.parse("ur1"),
        state=JobState.RUNNING,
        lane=Lane.INTERACTIVE,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Settlement(Delivery(job, "1:w"), Completed())


def test_an_outage_makes_nobody_a_suspect():
    suspects = Suspects(tries=1)
    assert not any(suspects.note_failure([settlement()], is_outage=True) for _ in range(9))
    assert not suspects.are_sought


def test_what_fails_alone_while_others_go_through_is_given_up_after_some_tries():
    suspects = Suspects(tries=3)
    assert not suspects.note_failure([settlement("j1"), settlement("j2")], is_outage=False)
    given_up = []
    for _ in range(4):
        given_up.append(suspects.note_failure([settlement("j1")], is_outage=False))
        assert suspects.is_pause
        suspects.note_success(is_all=False)  # the exchange without any
    assert given_up == [False, False, False, True]


def test_while_nothing_goes_through_nothing_is_given_up():
    suspects = Suspects(tries=1)
    suspects.note_failure([settlement()], is_outage=False)
    for _ in range(9):
        assert not suspects.note_failure([settlement()], is_outage=False)
        assert not suspects.note_failure([], is_outage=False)
        assert suspects.is_pause


def test_an_outage_amid_the_search_counts_for_nothing():
    suspects = Suspects(tries=2)
    suspects.note_failure([settlement()], is_outage=False)
    for _ in range(9):
        assert not suspects.note_failure([settlement()], is_outage=True)


def test_when_all_is_handed_in_the_search_is_over():
    suspects = Suspects()
    suspects.note_failure([settlement()], is_outage=False)
    suspects.note_success(is_all=False)
    assert suspects.are_sought
    suspects.note_success(is_all=True)
    assert not suspects.are_sought
