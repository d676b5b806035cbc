"""Which reading may replace what we have."""

from builders import reading, snapshot
from watchsync.sync.belief import Belief, first_look, second_look


def test_a_whole_reading_is_believed():
    assert first_look(None, reading(100)) is Belief.BELIEVE
    assert first_look(snapshot(reading(100)), reading(90)) is Belief.BELIEVE


def test_an_empty_list_is_believed_when_nothing_was_there_before():
    assert first_look(None, reading(0)) is Belief.BELIEVE


def test_a_partial_reading_needs_a_second():
    assert first_look(None, reading(47, total=203)) is Belief.CONFIRM


def test_the_sudden_loss_of_most_titles_needs_a_second():
    assert first_look(snapshot(reading(203)), reading(47)) is Belief.CONFIRM


def test_a_small_list_may_be_cleared_at_once():
    assert first_look(snapshot(reading(8)), reading(0)) is Belief.BELIEVE


def test_a_second_whole_reading_is_believed_whatever_the_first_said():
    assert second_look(snapshot(reading(203)), reading(47, total=203), reading(203)) is Belief.BELIEVE


def test_the_same_loss_twice_is_believed():
    assert second_look(snapshot(reading(203)), reading(47), reading(47)) is Belief.BELIEVE


def test_two_different_partial_readings_are_rejected():
    first, second = reading(47, total=203), reading(60, total=203)
    assert second_look(snapshot(reading(203)), first, second) is Belief.REJECT


def test_a_partial_reading_never_shrinks_a_good_snapshot():
    partial = reading(47, total=203)
    assert second_look(snapshot(reading(203)), partial, partial) is Belief.REJECT


def test_without_a_snapshot_a_repeated_partial_reading_is_better_than_nothing():
    partial = reading(47, total=203)
    assert second_look(None, partial, partial) is Belief.BELIEVE


def test_a_list_that_never_gives_its_last_rows_is_taken_as_it_is():
    nearly = reading(200, total=203)
    assert second_look(snapshot(reading(203)), nearly, nearly) is Belief.BELIEVE


def test_a_page_without_a_total_is_compared_with_what_was_known():
    assert first_look(None, reading(25, total=None)) is Belief.BELIEVE
    assert first_look(snapshot(reading(203)), reading(25, total=None)) is Belief.CONFIRM
