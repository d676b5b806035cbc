"""How an attempt ends."""

import random

import pytest

from builders import NOW, REF
from watchsync.errors import BrowserLost, BrowserUnavailable, PageDrifted
from watchsync.job import Completed, Job, JobState, Lane, Postponed, RetryAt
from watchsync.worker.attempt import attempt


class Work:
    """Fails as told, one after the other, then succeeds."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.runs = 0

    async def __call__(self, job, report) -> Completed:
        self.runs += 1
        if self.faults:
            raise self.faults.pop(0)
        return Completed((), {})


@pytest.fixture
def job() -> Job:
    return Job(id="1", ref=REF, state=JobState.RUNNING, lane=Lane.INTERACTIVE, created_at=NOW, attempts=1)


async def outcome(work, job):
    return await attempt(job, work, lambda _: None, deadline_seconds=60, rng=random.Random(1))


async def test_a_job_whose_browser_died_is_done_again_within_the_attempt(job):
    work = Work(BrowserLost(), BrowserLost())
    assert isinstance(await outcome(work, job), Completed)
    assert work.runs == 3


async def test_a_job_that_sees_the_end_of_one_browser_after_the_other_has_failed(job):
    work = Work(*(BrowserLost() for _ in range(9)))
    ended = await outcome(work, job)
    assert isinstance(ended, RetryAt)
    assert (ended.error.code, work.runs) == ("browser-lost", 3)


async def test_a_job_that_gets_no_browser_is_postponed(job):
    work = Work(BrowserLost(), BrowserUnavailable())
    assert isinstance(await outcome(work, job), Postponed)
    assert work.runs == 2


async def test_any_other_fault_ends_the_attempt(job):
    work = Work(PageDrifted())
    assert isinstance(await outcome(work, job), RetryAt)
    assert work.runs == 1
