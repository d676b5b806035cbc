"""What a sync, a job and a day of nothing cost in commands, counted as plans bill them."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from ulid import ULID

from command_meter import HastyLoop, Meter
from running_workers import running_worker
from watchsync.api.health import Health
from watchsync.availability import RedisAvailability
from watchsync.catalog.store import SnapshotStore
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Size
from watchsync.job import Completed, JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import BreakerMonitor, hosts
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef
from watchsync.settings import load
from watchsync.worker.app import serve_worker

LIST = ListRef.parse("ur10000250")
"""250 rows on the stand-in site."""
DAY_SECONDS = 86_400


async def server_calls(client) -> int:
    """Everything that the server carried out, inside scripts too."""
    return sum(each["calls"] for each in (await client.info("commandstats")).values())


async def finished(queue: Queue, job_id: str):
    async with asyncio.timeout(120), queue.lookup.watch(job_id) as changes:
        async for job in changes:
            last = job
    assert last.state is JobState.COMPLETED, last.error
    return last


async def nothing(*_) -> Completed:
    return Completed()


@pytest.fixture
async def onlooker(client):
    """Follows jobs past the meter."""
    async with open_queue(client, Metrics()) as queue:
        yield queue


async def test_a_whole_sync_of_250_known_titles_costs_at_most_15_commands(meter, onlooker, client):
    async with standing_in(size=Size.SMALL) as sites:
        settings = load(
            redis_url=meter.url,
            imdb_strategies="graphql",
            imdb_graphql_url=sites.graphql_url,
            imdb_interval_seconds=0.01,
            tmdb_url=sites.tmdb_url,
            tmdb_token="a-token-for-the-stand-in",
            tmdb_requests_per_second=1000.0,
        )
        metrics = Metrics()
        asking = connect(meter.url)
        queue = Queue.on(asking, metrics)
        async with serve_worker(settings, metrics, RedisAvailability(metrics), probe_port=None):
            first = await queue.producer.submit(NewJob(id=str(ULID()), ref=LIST))
            await finished(onlooker, first.job.id)  # TMDB's answers are remembered now
            meter.sent.clear()
            calls = await server_calls(client)
            second = await queue.producer.submit(NewJob(id=str(ULID()), ref=LIST, force=True))
            done = await finished(onlooker, second.job.id)
            sent, calls = meter.count(), await server_calls(client) - calls
        await asking.aclose()
    stored = await SnapshotStore(client).load(LIST)
    print(f"\na sync of 250 rows: {sent.total()} commands ({dict(sent)}), {calls} with those in scripts")
    assert (done.summary["rows"], done.summary["unchanged"], done.summary["unenriched"]) == (250, False, 0)
    assert stored is not None
    assert stored.fetched_at >= done.started_at
    assert sent.total() <= 15


async def test_a_job_that_does_nothing_costs_at_most_three_commands(meter, onlooker):
    asking = connect(meter.url)
    queue = Queue.on(asking, Metrics())
    async with running_worker(meter.url, nothing):
        await meter.until("deregister", 1)  # the last of what a start costs
        first = await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")))
        await finished(onlooker, first.job.id)
        meter.sent.clear()
        for number in range(20):
            submitted = await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(f"ur{number}")))
            await finished(onlooker, submitted.job.id)
        sent = meter.count()
    await asking.aclose()
    print(f"\na job that does nothing: {sent.total() / 20:g} commands ({dict(sent)} for 20)")
    assert sent.total() <= 20 * 3


@pytest.fixture
def one_day(redis_url):
    """Let a day pass for some work on the meter's Redis; answer what was sent in it."""

    def passes(work) -> Counter[str]:
        meter = Meter(redis_url)

        async def day() -> None:
            async with meter.open(), work(meter.url):
                await asyncio.sleep(DAY_SECONDS)

        with asyncio.Runner(loop_factory=lambda: HastyLoop(lambda: meter.is_owed)) as runner:
            runner.run(day())
        return meter.count()

    return passes


def test_an_idle_worker_sends_at_most_500_commands_a_day(one_day):
    sent = one_day(lambda url: running_worker(url, nothing))
    print(f"\nan idle worker in a day: {sent.total()} commands ({dict(sent)})")
    assert sent["settle_and_take"] >= 288  # it did look every five minutes: the day did pass
    assert sent.total() <= 500


@asynccontextmanager
async def asked_every_15_seconds(url: str):
    """An API with both strategies to IMDb, whose health and metrics somebody asks for all day long."""
    client = connect(url)
    settings = load(imdb_strategies="page,graphql")
    async with open_queue(client, Metrics()) as queue:
        health = Health(queue, BreakerMonitor(client, hosts(settings)), clock=asyncio.get_running_loop().time)

        async def ask() -> None:
            while True:
                await health()
                await asyncio.sleep(15)

        async with health.listening(None):
            asking = asyncio.create_task(ask())
            yield
            asking.cancel()
    await client.aclose()


def test_an_idle_api_that_is_watched_all_day_sends_at_most_500_commands(one_day):
    sent = one_day(asked_every_15_seconds)
    print(f"\nan idle API in a day: {sent.total()} commands ({dict(sent)})")
    assert sent["depth"] >= 24  # it did look: the day did pass
    assert sent.total() <= 500
