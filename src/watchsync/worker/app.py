"""What does a worker open, in which order? It is closed in reverse."""

import gc
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from watchsync import logs, probes
from watchsync.availability import RedisAvailability
from watchsync.browser import memory
from watchsync.browser.launcher import Launcher
from watchsync.browser.places import place
from watchsync.browser.pool import Pool
from watchsync.browser.retirement import Retirement
from watchsync.catalog.store import SnapshotStore
from watchsync.duties import Duties
from watchsync.errors import MemoryExhausted, WatchsyncError
from watchsync.imdb.browser_reader import CHECK_PLACES
from watchsync.imdb.capture_recording import Recording
from watchsync.imdb.strategies import Strategies
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.redis_client import Client, connect
from watchsync.settings import Settings
from watchsync.sync.run import Enricher, Sync
from watchsync.tmdb.enrich import open_tmdb
from watchsync.worker.fatal import fatal_exit, serving_queue
from watchsync.worker.health import WorkerHealth
from watchsync.worker.loop import Worker
from watchsync.worker.memory_guard import MemoryGuard
from watchsync.worker.strategies import open_strategies
from watchsync.worker.sync_job import SyncJob

_HAND_BACK_SECONDS = 5.0
_log = logs.get(__name__)


@asynccontextmanager
async def serve_worker(
    settings: Settings, metrics: Metrics, availability: RedisAvailability, *, probe_port: int | None
) -> AsyncIterator[Callable[[], None]]:
    """Serve the queue while inside; on exit, drain: running jobs get DRAIN_SECONDS, then they go back.

    Yields a call that hands running jobs back at once. Raises CannotListen for the ``probe_port``.
    """
    rng = random.Random()  # noqa: S311 - jitter, no secret
    async with AsyncExitStack() as stack:
        client = _client(settings, availability, stack)
        pool = await stack.enter_async_context(_pool(settings, metrics, keeps_spare=True))
        guard, duties = MemoryGuard(pool, metrics, _memory_limit(settings)), Duties(metrics)
        listener = await stack.enter_async_context(Listener(client))
        consumer = _consumer(settings, client, metrics)
        stack.push_async_callback(_leave, consumer)
        strategies = await stack.enter_async_context(open_strategies(settings, client, pool, metrics))
        tmdb = await stack.enter_async_context(open_tmdb(settings, client, metrics, rng))
        worker = Worker(
            consumer,
            listener,
            _sync_job(settings, strategies.reader, tmdb, SnapshotStore(client), metrics),
            metrics,
            slots=_slots(settings),
            deadline_seconds=settings.job_deadline_seconds,
            drain_seconds=settings.drain_seconds,
            rng=rng,
            duties=duties,
            is_ready=lambda: guard.may_take() and strategies.may_take(has_browser=pool.is_available()),
        )
        leave = await stack.enter_async_context(fatal_exit())
        hand_back = partial(worker.hand_back, _HAND_BACK_SECONDS)
        watch = partial(guard.watch, hand_back, lambda: leave(MemoryExhausted()))
        await stack.enter_async_context(duties.keeping("memory guard", watch))
        if probe_port is not None:
            report = WorkerHealth(availability, pool, strategies, worker, guard, duties)
            await stack.enter_async_context(probes.serving(settings, probe_port, report, metrics))
        await stack.enter_async_context(serving_queue(worker, leave))
        _spare_what_stays()
        _log.info("worker.started", consumer=consumer.consumer, slots=_slots(settings))
        yield worker.stop_now


def _sync_job(
    settings: Settings, reader: Strategies, tmdb: Enricher, store: SnapshotStore, metrics: Metrics
) -> SyncJob:
    return SyncJob(Sync(reader, tmdb, store, _now, settings.max_age), store, metrics)


def _spare_what_stays() -> None:
    """Keep the 100,000 objects of modules and parts out of garbage collection, which stops every thread.

    A full collection took 55 ms, during which the event loop stood still. Objects made later are collected as before.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def open_reader(
    settings: Settings, metrics: Metrics, recording: Recording | None = None
) -> AsyncIterator[Strategies]:
    """A reader of lists without a queue, behind the same limiter as every worker; ``recording`` notes what it hears."""
    async with AsyncExitStack() as stack:
        client = _client(settings, RedisAvailability(metrics), stack)
        pool = await stack.enter_async_context(_pool(settings, metrics))
        opening = open_strategies(settings, client, pool, metrics, recording)
        yield (await stack.enter_async_context(opening)).reader


def _client(settings: Settings, availability: RedisAvailability, stack: AsyncExitStack) -> Client:
    client = connect(settings.redis_address, availability)
    stack.push_async_callback(client.aclose)
    return client


def _pool(settings: Settings, metrics: Metrics, *, keeps_spare: bool = False) -> Pool:
    launcher = Launcher(
        mode=settings.browser_mode,
        path=settings.browser_path,
        url=settings.browser_address,
        reachable=(place(settings.imdb_url), *CHECK_PLACES),
    )
    slots = _slots(settings)
    retirement = Retirement(memory_bytes=memory.retirement_bytes(settings.browser_mode, slots))
    return Pool(launcher, metrics, slots=slots, retirement=retirement, keeps_spare=keeps_spare)


def _consumer(settings: Settings, client: Client, metrics: Metrics) -> Consumer:
    return Consumer(
        client,
        metrics,
        consumer=_consumer_name(),
        lease_seconds=settings.lease_seconds,
        max_attempts=settings.job_max_attempts,
    )


def _slots(settings: Settings) -> int:
    return settings.browser_slots or memory.recommended_slots(
        os.cpu_count() or 1, _memory_limit(settings), settings.browser_mode
    )


def _memory_limit(settings: Settings) -> int:
    return int(settings.memory_limit or memory.limit_bytes())


def _consumer_name() -> str:
    """New for every process, since it is a part of each fence."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _now() -> datetime:
    return datetime.now(UTC)


async def _leave(consumer: Consumer) -> None:
    """Leave the group; a name that stays there is removed by the next worker that leaves."""
    try:
        await consumer.deregister()
    except WatchsyncError as error:
        _log.info("deregistration.failed", why=str(error))
