"""What follows from memory that grows short, step by step."""

import pytest

from watchsync.worker.memory_pressure import Ladder, Step

NONE, TAKE_NO_MORE, REPLACE, HAND_BACK, LEAVE = Step


class Climb:
    """A ladder over a limit of 1,000, asked once a second."""

    def __init__(self) -> None:
        self._ladder = Ladder(1000)
        self.now = 0.0

    def at(self, used: int, *, idle: bool = False, after: float = 1.0) -> Step:
        self.now += after
        return self._ladder.step(used, is_idle=idle, now=self.now)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (0, NONE),
        (699, NONE),
        (700, TAKE_NO_MORE),
        (849, TAKE_NO_MORE),
        (850, REPLACE),
        (949, REPLACE),
        (950, HAND_BACK),
        (2000, HAND_BACK),
    ],
)
def test_the_first_step_follows_the_share_in_use(used, expected):
    assert Climb().at(used) is expected


def test_what_became_tight_stays_so_until_there_is_clearly_enough():
    climb = Climb()
    assert [climb.at(used) for used in (700, 690, 660, 700, 649, 690)] == [
        TAKE_NO_MORE,
        TAKE_NO_MORE,
        TAKE_NO_MORE,
        TAKE_NO_MORE,
        NONE,
        NONE,
    ]


def test_a_browser_is_replaced_once_and_the_effect_is_waited_for_while_its_jobs_run_on():
    climb = Climb()
    assert climb.at(860) is REPLACE
    assert {climb.at(860, after=20) for _ in range(50)} == {TAKE_NO_MORE}


def test_an_idle_browser_is_replaced_as_soon_as_memory_is_tight():
    assert Climb().at(700, idle=True) is REPLACE


def test_after_the_last_job_the_replacement_is_given_its_time():
    climb = Climb()
    climb.at(860)
    climb.at(860, after=100)
    assert climb.at(860, idle=True, after=29) is TAKE_NO_MORE
    assert climb.at(690, idle=True, after=0.5) is TAKE_NO_MORE
    assert climb.at(640, idle=True) is NONE


def test_at_the_edge_jobs_go_back_though_a_replacement_was_just_made():
    climb = Climb()
    assert climb.at(860) is REPLACE
    assert climb.at(960) is HAND_BACK
    assert climb.at(960) is TAKE_NO_MORE


def test_who_has_no_room_even_then_leaves():
    climb = Climb()
    climb.at(960)
    assert climb.at(960, after=29) is TAKE_NO_MORE
    assert climb.at(960, after=1) is LEAVE


def test_who_has_no_room_for_any_job_though_none_runs_leaves():
    climb = Climb()
    assert climb.at(720, idle=True) is REPLACE
    assert climb.at(720, idle=True, after=29) is TAKE_NO_MORE
    assert climb.at(720, idle=True, after=1) is LEAVE


def test_once_there_was_room_again_the_ladder_is_climbed_from_below():
    climb = Climb()
    climb.at(960)
    assert climb.at(500) is NONE
    assert climb.at(960) is HAND_BACK
