"""What follows from each failure."""

import random
from datetime import UTC, datetime

import pytest

from watchsync import errors
from watchsync.job import AttemptRecord, Dead, Job, JobError, JobState, Lane, Postponed, RetryAt
from watchsync.refs import ListRef
from watchsync.worker.verdict import verdict

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def judge(error: Exception, attempt: int = 1, outcomes: tuple[str, ...] = ()) -> RetryAt | Postponed | Dead:
    job = Job(
        id="1",
        ref=ListRef.parse("ur1"),
        state=JobState.RUNNING,
        lane=Lane.INTERACTIVE,
        created_at=NOW,
        attempts=attempt,
        history=tuple(AttemptRecord(1, "w1", NOW, NOW, outcome) for outcome in outcomes),
    )
    return verdict(error, job, random.Random(1))


@pytest.mark.parametrize("error", [errors.PrivateList(), errors.ListNotFound(), errors.InvalidRef()])
def test_what_trying_again_cannot_mend_is_given_up_at_once(error):
    outcome = judge(error)
    assert isinstance(outcome, Dead)
    assert outcome.error.code == error.code


@pytest.mark.parametrize(
    ("error", "by_owner"),
    [
        (errors.PrivateList(), True),
        (errors.PrivateList("Another sentence."), True),
        (errors.ListNotFound(), True),
        (errors.NotTitles(), True),
        (errors.ListUnreadable(), True),
        (errors.NoWayToRead(), False),
        (errors.InvalidRef(), False),
    ],
)
def test_what_a_lists_owner_caused_is_told_apart_from_what_we_caused(error, by_owner):
    assert judge(error).by_owner is by_owner


@pytest.mark.parametrize("error", [errors.Refused(), errors.CaptchaDemanded(), errors.SignInAsked()])
def test_what_the_site_refuses_us_is_not_the_owners_doing(error):
    assert judge(error, attempt=2) == Dead(JobError(error.code, str(error)), by_owner=False)


@pytest.mark.parametrize("error", [errors.CaptchaDemanded(), errors.Refused(), errors.ChallengeUnsolved()])
def test_a_site_that_says_no_is_left_alone_for_a_quarter_of_an_hour(error):
    outcome = judge(error)
    assert isinstance(outcome, RetryAt)
    assert outcome.delay_seconds >= 900


@pytest.mark.parametrize("error", [errors.CaptchaDemanded(), errors.Refused(), errors.ClientNameRefused()])
def test_a_job_that_was_refused_twice_makes_no_third_attempt(error):
    outcome = judge(error, attempt=2)
    assert isinstance(outcome, Dead)
    assert outcome.error.code == error.code


@pytest.mark.parametrize("error", [errors.OriginCoolingDown(), errors.Throttled()])
def test_a_job_that_was_only_put_off_is_tried_again(error):
    assert isinstance(judge(error, attempt=2), RetryAt)


def test_a_job_waits_as_long_as_the_breaker_stays_open():
    outcome = judge(errors.OriginCoolingDown(retry_after_seconds=28_800))
    assert isinstance(outcome, RetryAt)
    assert 28_800 <= outcome.delay_seconds < 28_900


def test_a_throttling_site_gets_the_time_that_it_asked_for():
    outcome = judge(errors.Throttled(retry_after_seconds=77))
    assert isinstance(outcome, RetryAt)
    assert 77 <= outcome.delay_seconds < 90


@pytest.mark.parametrize("error", [errors.BrowserLost(), errors.PageDrifted(), errors.PartialRead()])
def test_what_may_pass_is_tried_again_soon(error):
    outcome = judge(error)
    assert isinstance(outcome, RetryAt)
    assert 0 < outcome.delay_seconds <= 60


@pytest.mark.parametrize("error", [errors.BrowserUnavailable(), errors.PoolExhausted()])
def test_a_job_that_got_no_browser_is_postponed_and_says_why(error):
    outcome = judge(error)
    assert isinstance(outcome, Postponed)
    assert (outcome.error.code, outcome.delay_seconds > 0) == (error.code, True)


def test_a_job_that_gets_no_browser_again_and_again_comes_back_ever_more_seldom():
    waits = [judge(errors.BrowserUnavailable(), 1, ("postponed",) * times).delay_seconds for times in range(8)]
    assert waits == sorted(waits)
    assert 60 <= waits[-1] <= 300


def test_a_job_in_a_crowd_is_postponed_until_the_crowd_is_served():
    outcome = judge(errors.OriginCrowded(retry_after_seconds=40))
    assert isinstance(outcome, Postponed)
    assert 40 <= outcome.delay_seconds <= 41
    assert outcome.error.code == "origin-crowded"


def test_only_postponements_in_a_row_make_the_pause_longer():
    once = judge(errors.BrowserUnavailable(), 1, ("postponed",) * 5 + ("retry",)).delay_seconds
    assert once == judge(errors.BrowserUnavailable()).delay_seconds


def test_waits_grow_from_attempt_to_attempt():
    waits = [judge(errors.PageDrifted(), attempt).delay_seconds for attempt in (1, 2, 3)]
    assert waits == sorted(waits)


def test_what_nobody_expected_is_tried_again_and_tells_no_internals():
    outcome = judge(KeyError("secret"))
    assert isinstance(outcome, RetryAt)
    assert "secret" not in outcome.error.message
