"""When is something tried again?"""

import random

from watchsync.retry import Backoff, GrowingPause


def test_pauses_grow_to_the_longest_and_stay_there():
    pause = GrowingPause(0.5, 3.0)
    assert [pause.next_seconds() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_after_a_reset_the_first_pause_comes_again():
    pause = GrowingPause(0.1, 10.0, factor=3)
    pause.next_seconds()
    pause.next_seconds()
    pause.reset()
    assert pause.next_seconds() == 0.1


def test_the_short_pauses_can_be_skipped():
    pause = GrowingPause(0.5, 5.0)
    pause.skip_to_longest()
    assert [pause.next_seconds(), pause.next_seconds()] == [5.0, 5.0]


def test_a_backoff_waits_between_a_share_of_its_ceiling_and_the_ceiling():
    backoff = Backoff(base_seconds=2, cap_seconds=60)
    for attempt, ceiling in ((1, 2.0), (2, 6.0), (3, 18.0), (4, 54.0), (5, 60.0), (500, 60.0)):
        assert backoff.ceiling_seconds(attempt) == ceiling
        assert ceiling * 0.2 <= backoff.wait_seconds(attempt, random.Random(attempt)) <= ceiling


def test_a_backoff_waits_at_least_as_long_as_it_was_asked_to():
    assert Backoff(base_seconds=2, cap_seconds=60).wait_seconds(1, random.Random(1), at_least=100) >= 100
