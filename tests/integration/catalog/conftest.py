"""A real Redis for the store, and stand-ins of queue and store for the routes."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from catalog_samples import NOW, job
from watchsync.api import addon, page
from watchsync.api.context import CLOCK, METRICS, QUEUE, SETTINGS, SNAPSHOTS, STOPPING
from watchsync.catalog.codec import encode
from watchsync.catalog.store import SnapshotStore
from watchsync.errors import BadInput, JobNotFound, RedisUnavailable
from watchsync.job import FINISHED, Job, JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.lookup import JobPage
from watchsync.queue.producer import IdempotencyKey, Submitted
from watchsync.redis_client import Client, connect
from watchsync.refs import ListRef
from watchsync.settings import Settings
from watchsync.snapshot import Snapshot


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert server.stdout is not None
        while line := server.stdout.readline():
            if b"eady to accept connections" in line:
                break
        yield f"unix://{socket}"
        server.terminate()
        server.wait()
        server.stdout.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Client]:
    client = connect(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


class ShelfStore(SnapshotStore):
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
        self.producer = self.lookup = self

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

    async def _changes(self, job_id: str) -> AsyncIterator[Job]:
        last = self.jobs[job_id]
        yield last
        while last.state not in FINISHED:
            async with self.changed:
                while self.jobs[job_id] is last:
                    await self.changed.wait()
                last = self.jobs[job_id]
            yield last


class World:
    """One app with all that it stands on."""

    def __init__(self) -> None:
        self.store = ShelfStore()
        self.queue = WrittenQueue()
        self.metrics = Metrics()
        self.stopping = asyncio.Event()
        self.now = NOW
        self.client: TestClient[web.Request, web.Application]

    def clock(self) -> datetime:
        return self.now

    def counted(self, source: str) -> float:
        return self.metrics.catalog_answers.labels(source=source)._value.get()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[_errors])
        app[SETTINGS] = Settings(_env_file=None, public_url="https://watchsync.example")
        app[METRICS] = self.metrics
        app[QUEUE] = self.queue
        app[SNAPSHOTS] = self.store
        app[STOPPING] = self.stopping
        app[CLOCK] = self.clock
        app.add_routes([*addon.routes(), *page.routes()])
        return app


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except BadInput as error:
        return web.Response(status=400, text=str(error))
    except JobNotFound as error:
        return web.Response(status=404, text=str(error))


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
