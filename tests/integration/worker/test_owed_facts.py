"""What TMDB owes is asked of TMDB alone, and a list that its owner closed is nobody's dead letter."""

import asyncio

import pytest
from ulid import ULID

from tiers import in_full
from watchsync.availability import RedisAvailability
from watchsync.catalog.store import SnapshotStore
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Size, TmdbShow
from watchsync.job import FINISHED, Job, JobState, Lane, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue, open_queue
from watchsync.refs import ListRef
from watchsync.settings import load
from watchsync.worker.app import serve_worker

LIST = ListRef.parse("ur10000250")


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as opened:
        yield opened


@pytest.fixture
async def queue(client, redis_url, sites):
    """The queue, with a worker on it that reads from the data service."""
    settings = load(
        redis_url=redis_url,
        imdb_strategies="graphql",
        imdb_graphql_url=sites.graphql_url,
        imdb_interval_seconds=0.0,
        tmdb_url=sites.tmdb_url,
        tmdb_token="a-token-for-the-stand-in",
        tmdb_requests_per_second=1000.0,
    )
    metrics = Metrics()
    async with (
        serve_worker(settings, metrics, RedisAvailability(metrics), probe_port=None),
        open_queue(client, metrics) as opened,
    ):
        yield opened


async def ended(queue: Queue, ref: ListRef, lane: Lane) -> Job:
    job = (await queue.producer.submit(NewJob(id=str(ULID()), ref=ref, lane=lane))).job
    async with asyncio.timeout(120), queue.lookup.watch(job.id) as changes:
        async for job in changes:
            if job.state in FINISHED:
                return job
    raise AssertionError("it never ended")


@pytest.mark.parametrize("trouble", [TmdbShow.UNAUTHORISED, *in_full([TmdbShow.DOWN])])
async def test_trouble_at_tmdb_costs_imdb_one_reading_and_is_over_by_itself(queue, sites, client, trouble):
    sites.control.tmdb = trouble
    first = await ended(queue, LIST, Lane.INTERACTIVE)
    asked_of_imdb = sites.control.served["graphql"]
    for _ in range(5):
        again = await ended(queue, LIST, Lane.SCHEDULED)
        assert again.state is JobState.COMPLETED
    known = await SnapshotStore(client).load(LIST)
    assert first.state is JobState.COMPLETED
    assert first.summary["unenriched"] == len(known.unenriched) == len(known.titles) > 0
    assert sites.control.served["graphql"] == asked_of_imdb

    sites.control.tmdb = TmdbShow.OK
    healed = await ended(queue, LIST, Lane.SCHEDULED)
    whole = await SnapshotStore(client).load(LIST)
    assert (healed.summary["unenriched"], whole.unenriched) == (0, ())
    assert whole.fetched_at == known.fetched_at
    assert sites.control.served["graphql"] == asked_of_imdb
    await ended(queue, LIST, Lane.SCHEDULED)
    assert sites.control.served["graphql"] > asked_of_imdb


@pytest.mark.parametrize("slug", ["ur20000001", "ur20000002"])
async def test_a_list_that_its_owner_closed_leaves_no_dead_letter_however_often_it_is_looked_at(queue, slug):
    for _ in range(3):
        job = await ended(queue, ListRef.parse(slug), Lane.INTERACTIVE)
        assert (job.state, job.history[-1].outcome) == (JobState.DEAD, "unreadable")
    assert (await queue.dead_letters.list()).jobs == ()
