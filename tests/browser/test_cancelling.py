"""Cancelling a job that runs ends its page at once: the whole worker, a real browser, the stand-in site."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from ulid import ULID

from watchsync.availability import RedisAvailability
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Show, Size
from watchsync.job import JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import open_queue
from watchsync.refs import ListRef
from watchsync.settings import load
from watchsync.worker.app import serve_worker

LONG_LIST = ListRef.parse("ls000012000")
HANGING_LIST = ListRef.parse("ur20000013")
AT_ONCE_SECONDS = 15
"""Less than the 20 after which a page that hangs is given up by itself."""


class Contexts:
    """The gauge of lent contexts, to be waited for."""

    def __init__(self) -> None:
        self.lent = 0
        self._changed = asyncio.Event()

    def set(self, lent: int) -> None:
        self.lent = lent
        self._changed.set()

    async def until(self, lent: int) -> None:
        while self.lent != lent:
            self._changed.clear()
            await self._changed.wait()


@asynccontextmanager
async def at_work(redis_url):
    """A worker with one browser; yields the gauge of its contexts."""
    metrics = Metrics()
    contexts = metrics.browser_contexts = Contexts()
    async with standing_in(size=Size.SMALL) as sites:
        assert sites.control.next(HANGING_LIST.id).show is Show.HANG
        settings = load(redis_url=redis_url, imdb_url=sites.imdb_url, imdb_interval_seconds=0.0, browser_slots=1)
        async with serve_worker(settings, metrics, RedisAvailability(metrics), probe_port=None):
            yield contexts


@pytest.fixture
async def queue(client):
    async with open_queue(client, Metrics()) as opened:
        yield opened


async def running(queue, ref: ListRef) -> str:
    return (await queue.producer.submit(NewJob(id=str(ULID()), ref=ref))).job.id


async def half_read(queue, job_id: str) -> None:
    async with queue.lookup.watch(job_id) as changes:
        async for job in changes:
            if job.progress and job.progress.done:
                return


async def test_a_page_that_hangs_and_a_list_half_read_are_left_at_once(queue, redis_url):
    async with at_work(redis_url) as contexts:
        hanging = await running(queue, HANGING_LIST)
        await contexts.until(1)
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await queue.producer.cancel(hanging)
            await contexts.until(0)

        long = await running(queue, LONG_LIST)
        await half_read(queue, long)
        assert contexts.lent == 1
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await queue.producer.cancel(long)
            await contexts.until(0)
    assert [(await queue.lookup.get(each)).state for each in (hanging, long)] == [JobState.CANCELLED] * 2
