"""A real Redis for the store, and stand-ins of queue and store for the routes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from catalog_samples import NOW, job
from watchsync.api import page
from watchsync.api.app import create_app
from watchsync.api.context import STOPPING
from watchsync.availability import RedisAvailability
from watchsync.catalog.codec import encode
from watchsync.catalog.store import SnapshotStore
from watchsync.errors import JobNotFound, RedisUnavailable
from watchsync.job import FINISHED, Job, JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import BreakerMonitor
from watchsync.origin.circuit_breaker import CircuitBreaker
from watchsync.queue.lookup import JobPage
from watchsync.queue.producer import IdempotencyKey, Submitted
from watchsync.redis_client import Client
from watchsync.refs import ListRef
from watchsync.settings import Settings
from watchsync.snapshot import Snapshot


@pytest.fixture
def redis(client: Client) -> Client:
    """A real Redis that holds nothing."""
    return client


class StandInStore(SnapshotStore):
    """A store in a dictionary; ``away`` makes it fail as Redis would."""

    def __init__(self) -> None:
        self.held: dict[ListRef, tuple[str, Snapshot]] = {}
        self.away = False
        self.loads = 0

    def hold(self, snapshot: Snapshot) -> None:
        self.held[snapshot.ref] = (encode(snapshot).stamp, snapshot)

    async def stamp(self, ref: ListRef) -> str | None:
        self._answer()
        return self.held[ref][0] if ref in self.held else None

    async def load_stamped(self, ref: ListRef) -> tuple[str, Snapshot] | None:
        self._answer()
        self.loads += 1
        return self.held.get(ref)

    def _answer(self) -> None:
        if self.away:
            raise RedisUnavailable


class WrittenQueue:
    """A queue that writes down what is submitted, and whose jobs the test moves."""

    def __init__(self) -> None:
        self.submitted: list[NewJob] = []
        self.jobs: dict[str, Job] = {}
        self.changed = asyncio.Condition()
        self.away = False
        self.producer = self.lookup = self.listener = self
        self.availability = RedisAvailability()

    def put(self, new: Job) -> None:
        self.jobs[new.id] = new

    async def move(self, new: Job) -> None:
        async with self.changed:
            self.put(new)
            self.changed.notify_all()

    async def submit(self, new: NewJob, *, idempotency: IdempotencyKey | None = None) -> Submitted:
        if self.away:
            raise RedisUnavailable
        self.submitted.append(new)
        made = job(JobState.WAITING, id=new.id, ref=new.ref, lane=new.lane)
        self.put(made)
        return Submitted(made, created=True)

    async def get(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise JobNotFound
        return self.jobs[job_id]

    async def find(
        self,
        *,
        ref: ListRef | None = None,
        states: frozenset[JobState] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        if self.away:
            raise RedisUnavailable
        found = [one for one in reversed(self.jobs.values()) if ref in (None, one.ref)]
        return JobPage(tuple(found[:limit]), None)

    @asynccontextmanager
    async def watch(self, job_id: str) -> AsyncIterator[AsyncIterator[Job]]:
        await self.get(job_id)
        yield self._changes(job_id)

    @asynccontextmanager
    async def subscribe(self, channel: str, callback: Callable[[bytes | None], None]) -> AsyncIterator[None]:
        yield

    async def _changes(self, job_id: str) -> AsyncIterator[Job]:
        last = self.jobs[job_id]
        yield last
        while last.state not in FINISHED:
            async with self.changed:
                while self.jobs[job_id] is last:
                    await self.changed.wait()
                last = self.jobs[job_id]
            yield last


class NoBreakers(BreakerMonitor):
    """No site has a breaker here."""

    def __init__(self) -> None:
        """Nothing is asked for, so no Redis is needed."""

    async def look(self) -> dict[str, CircuitBreaker]:
        return {}


class World:
    """The real app on stand-ins of queue and store."""

    def __init__(self) -> None:
        self.store = StandInStore()
        self.queue = WrittenQueue()
        self.metrics = Metrics()
        self.now = NOW
        self.stopping: asyncio.Event
        self.client: TestClient[web.Request, web.Application]

    def clock(self) -> datetime:
        return self.now

    def counted(self, source: str) -> float:
        return self.metrics.catalog_answers.labels(source=source)._value.get()

    def app(self) -> web.Application:
        settings = Settings(_env_file=None, public_url="https://watchsync.example")
        app = create_app(settings, self.metrics, self.queue, self.store, NoBreakers(), now=self.clock)
        self.stopping = app[STOPPING]
        return app


@pytest.fixture
async def world(
    aiohttp_client: Callable[..., Awaitable[TestClient[web.Request, web.Application]]],
) -> World:
    made = World()
    made.client = await aiohttp_client(made.app(), auto_decompress=False)
    return made


@pytest.fixture
def static_folder() -> Path:
    return Path(page.__file__).parent / "static"
