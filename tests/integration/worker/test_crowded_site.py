"""More lists than one site's interval carries, on several workers: each is read once, as soon as its turn comes."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from running_workers import running_worker
from staff import ask, until
from watchsync.job import Completed, JobState
from watchsync.metrics import Metrics
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.redis_client import connect

WORKERS, SLOTS = 3, 4
LISTS, PAGES = 12, 5


class Lists:
    """Reads a list page by page, at the pace that all workers share."""

    def __init__(self, client) -> None:
        self.limiter = RateLimiter(client, Metrics(), host="www.example.com", interval_seconds=0.02)
        self.pages: Counter[str] = Counter()
        self.most_under_way = 0

    async def __call__(self, job, _) -> Completed:
        list_pass = self.limiter.start_pass()
        for _ in range(PAGES):
            await list_pass.enter()
            self.pages[str(job.ref)] += 1
            under_way = sum(0 < read < PAGES for read in self.pages.values())
            self.most_under_way = max(self.most_under_way, under_way)
        return Completed()


@pytest.fixture
async def lists(redis_url):
    client = connect(redis_url)
    yield Lists(client)
    await client.aclose()


async def test_a_crowd_of_lists_is_read_at_the_sites_pace_each_once(queue, redis_url, lists):
    jobs = [await ask(queue, f"ur{number}") for number in range(LISTS)]
    async with AsyncExitStack() as stack:
        for number in range(WORKERS):
            await stack.enter_async_context(running_worker(redis_url, lists, f"w{number}", slots=SLOTS))
        done = await asyncio.gather(*(until(queue, job, JobState.COMPLETED) for job in jobs))
    assert lists.pages == {f"ur{number}": PAGES for number in range(LISTS)}
    assert {job.attempts for job in done} == {1}
    assert lists.most_under_way < LISTS
