"""What a site that stays shut costs in a day, with several workers, both ways and one real Redis."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from builders import NOW, reading
from watchsync import keys
from watchsync.errors import (
    BrowserUnavailable,
    CaptchaDemanded,
    ChallengeUnsolved,
    ClientNameRefused,
    OriginUnreachable,
    PageDrifted,
    PageTimeout,
    Refused,
    Throttled,
    WatchsyncError,
)
from watchsync.imdb.paging import ListPages
from watchsync.imdb.rate_limited import RateLimitedReading
from watchsync.imdb.strategies import Strategies, Way
from watchsync.job import Dead, Job, JobState, Lane, Postponed, RetryAt
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.refs import ListKind, ListRef
from watchsync.worker.verdict import verdict

LIST, RATINGS = ListRef.parse("ls012345678"), ListRef.parse("ur12345678-ratings")
JOB = Job(id="1", ref=LIST, state=JobState.RUNNING, lane=Lane.INTERACTIVE, created_at=NOW)
MINUTE, DAY = 60, 24 * 3600


def quietly(_):
    return


class World:
    """Sites that answer as they are told, workers that share a Redis, and a clock that is moved by hand."""

    def __init__(self, client, metrics):
        self.client = client
        self.metrics = metrics
        self.answers = {"page": None, "graphql": None}
        """What each site raises; ``None``: a list."""
        self.requests = Counter()

    def worker(self) -> Strategies:
        return Strategies([self._way("page"), self._way("graphql")], self.metrics)

    def _way(self, name):
        limiter = RateLimiter(self.client, self.metrics, host=name, interval_seconds=0)
        return Way(CountingReader(self, name, limiter), limiter)

    async def let_pass(self, seconds):
        """Move what Redis remembers into the past, as if time had passed."""
        for name in self.answers:
            for field in ("open_until", "probe_until"):
                if await self.client.hexists(keys.origin(name), field):
                    await self.client.hincrby(keys.origin(name), field, -int(seconds * 1000))

    async def lists_of_a_day(self) -> int:
        """Each minute one of three workers reads a list; answer how many came."""
        workers = [self.worker() for _ in range(3)]
        came = 0
        for minute in range(DAY // MINUTE):
            try:
                await workers[minute % 3].read(LIST, quietly)
                came += 1
            except WatchsyncError:
                pass
            await self.let_pass(MINUTE)
        return came

    async def job(self, ref):
        """One job with its three attempts, each made when it is due; answer how it ended and how often it was tried."""
        strategies, rng = self.worker(), random.Random(1)
        for attempt in range(1, 4):
            try:
                await strategies.read(ref, quietly)
            except WatchsyncError as error:
                outcome = verdict(error, replace(JOB, ref=ref, attempts=attempt), rng)
            else:
                return None, attempt
            if not isinstance(outcome, RetryAt):
                return outcome, attempt
            await self.let_pass(outcome.delay_seconds)
        return Dead(outcome.error), attempt


class CountingReader:
    """A strategy that asks its site for one page, through the real limiter."""

    def __init__(self, world, name, limiter):
        self.world = world
        self.name = name
        self.limiter = limiter

    def can_read(self, ref):
        return self.name == "page" or ref.kind is not ListKind.RATINGS

    async def read(self, ref, report, is_enough):
        if isinstance(self.world.answers[self.name], BrowserUnavailable):
            raise BrowserUnavailable
        way_in = RateLimitedReading(ListPages(ref, self.name), self.limiter, self.world.metrics, report)
        return await way_in.through(self._ask)

    async def _ask(self):
        self.world.requests[self.name] += 1
        answer = self.world.answers[self.name]
        if answer is not None:
            raise type(answer)(str(answer))
        return reading(3)


@pytest.fixture
def world(client, metrics):
    return World(client, metrics)


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (ChallengeUnsolved(), 7),
        (CaptchaDemanded(), 7),
        (Refused(), 7),
        (OriginUnreachable(), 13),
        (PageTimeout(), 13),
        (PageDrifted(), 13),
        (Throttled(), 13),
    ],
    ids=lambda answer: getattr(answer, "code", answer),
)
async def test_pages_that_stay_shut_for_a_day_cost_a_few_requests_and_no_list(world, answer, most):
    world.answers["page"] = answer
    assert await world.lists_of_a_day() == DAY // MINUTE
    assert world.requests == {"page": most, "graphql": DAY // MINUTE}


async def test_both_shut_for_a_day_cost_a_few_requests_each(world):
    world.answers = {"page": CaptchaDemanded(), "graphql": OriginUnreachable()}
    assert await world.lists_of_a_day() == 0
    assert world.requests == {"page": 7, "graphql": 13}


async def test_pages_that_open_again_are_found_by_one_probe(world):
    world.answers["page"] = Refused()
    workers = [world.worker() for _ in range(3)]
    for worker in workers:
        await worker.read(LIST, quietly)
    assert world.requests["page"] == 1
    world.answers["page"] = None
    await world.let_pass(15 * MINUTE)
    for worker in workers:
        await worker.read(LIST, quietly)
    assert [worker.used for worker in workers] == ["page"] * 3
    assert world.requests["page"] == 4


@pytest.mark.parametrize("page", [CaptchaDemanded(), ChallengeUnsolved(), Refused()], ids=lambda answer: answer.code)
async def test_a_job_makes_at_most_four_requests_where_both_are_shut(world, page):
    world.answers = {"page": page, "graphql": ClientNameRefused()}
    outcome, attempts = await world.job(LIST)
    assert isinstance(outcome, Dead)
    assert (attempts, world.requests) == (2, {"page": 2, "graphql": 2})
    assert "WATCHSYNC_BROWSER_URL" in outcome.error.message


async def test_a_ratings_list_is_not_tried_a_third_time_at_the_closed_door(world):
    world.answers["page"] = ChallengeUnsolved()
    outcome, _ = await world.job(RATINGS)
    assert isinstance(outcome, Dead)
    assert world.requests == {"page": 2}
    assert outcome.error.message.startswith("Ratings can only be read from IMDb's pages.")


async def test_without_a_browser_and_with_a_shut_service_a_job_is_put_off_and_not_handed_back(world):
    world.answers = {"page": BrowserUnavailable(), "graphql": ClientNameRefused()}
    outcome, _ = await world.job(LIST)
    assert isinstance(outcome, Dead)
    assert world.requests == {"graphql": 2}


async def test_without_a_browser_a_list_comes_from_the_service(world):
    world.answers["page"] = BrowserUnavailable()
    assert await world.job(LIST) == (None, 1)


async def test_without_a_browser_a_ratings_list_is_postponed_and_no_site_is_asked(world):
    world.answers["page"] = BrowserUnavailable()
    outcome, attempts = await world.job(RATINGS)
    assert isinstance(outcome, Postponed)
    assert (attempts, world.requests) == (1, {})
    assert outcome.error.message.startswith("Ratings can only be read from IMDb's pages.")
