"""A whole house (API, worker, both on one Redis) and the troubles that Redis can bring."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chaos.resp import Command, commands
from conftest import RedisServer
from watchsync.api.app import create_app
from watchsync.availability import RedisAvailability
from watchsync.catalog.store import SnapshotStore
from watchsync.job import Completed, JobState
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import BreakerMonitor
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect
from watchsync.settings import load
from watchsync.worker.loop import Worker


class Proxy:
    """Stands between clients and a Redis: passes bytes on, holds them, swallows them, refuses, or cuts."""

    def __init__(self, path: str, server: str) -> None:
        self.path = path
        self.server = server
        self.passes = asyncio.Event()
        self.passes.set()
        self.swallowed: set[asyncio.StreamWriter] = set()
        self.refusal: str | None = None
        """The error that is answered to every command instead of passing it on."""
        self.refuses: Callable[[Command], bool] = lambda _: True
        """Which commands the refusal is for."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def swallow(self) -> None:
        """What is connected now stays open and dead."""
        self.swallowed |= self._writers

    def cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._tasks.add(asyncio.current_task())
        await self.passes.wait()
        try:
            to_reader, to_writer = await asyncio.open_unix_connection(self.server)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to_writer}
        there = asyncio.create_task(self._pass_on(reader, to_writer, writer))
        back = asyncio.create_task(self._pass_on(to_reader, writer))
        self._tasks |= {there, back}
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, to_writer):
            self._writers.discard(end)
            end.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asker: asyncio.StreamWriter | None = None
    ) -> None:
        try:
            rest = b""
            while data := await reader.read(65_536):
                rest += data
                asked, end = commands(rest) if asker and self.refusal else ([], len(rest))
                if asked and all(map(self.refuses, asked)):
                    asker.write(f"-{self.refusal}\r\n".encode() * len(asked))
                elif end and writer not in self.swallowed:
                    writer.write(rest[:end])
                rest = rest[end:]
        except OSError:
            return

    async def close(self) -> None:
        self.passes.set()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Runs:
    """Work that ends when a test lets it."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[str] = asyncio.Queue()
        self.stopped: asyncio.Queue[str] = asyncio.Queue()
        self.may_end = asyncio.Event()

    async def __call__(self, job, report) -> Completed:
        self.started.put_nowait(job.id)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.stopped.put_nowait(job.id)
            raise
        return Completed((), {"titles": 1})


class House:
    """An API and a worker with one availability between them, as ``up`` composes them."""

    def __init__(self, url: str) -> None:
        self.metrics = Metrics()
        self.availability = RedisAvailability(self.metrics)
        self.client = connect(url, self.availability)
        self.queue = Queue.on(self.client, self.metrics)
        self.runs = Runs()
        self.api = None

    async def ask(self, ref: str, **extra):
        return await self.api.post("/jobs", json={"listRef": ref, **extra})

    async def accepted(self, ref: str) -> str:
        answer = await self.ask(ref)
        assert answer.status == 202, await answer.text()
        return (await answer.json())["jobId"]

    async def done(self, job_id: str):
        async with asyncio.timeout(120), self.queue.lookup.watch(job_id) as changes:
            async for job in changes:
                if job.state is JobState.COMPLETED:
                    return job
        raise AssertionError(f"it ended as {job.state}")

    async def ready(self) -> bool:
        return (await self.api.get("/readyz")).status == 200

    async def back(self) -> None:
        async with asyncio.timeout(120):
            await self.availability.until_up()

    def failures(self, reason: str) -> float:
        return self.metrics.redis_errors.labels(reason=reason)._value.get()

    @property
    def gauge(self) -> float:
        return self.metrics.redis_up._value.get()


@pytest.fixture
def open_house(aiohttp_client):
    """Open a house at an address."""

    @asynccontextmanager
    async def opened(
        url: str, *, ping_seconds: float = 600.0, lease_seconds: float = 30.0, follow_seconds: float = 10.0
    ) -> AsyncIterator[House]:
        house = House(url)
        stop = asyncio.Event()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(house.client.aclose)
            await stack.enter_async_context(house.queue.listener)
            house.api = await aiohttp_client(
                create_app(
                    load(), house.metrics, house.queue, SnapshotStore(house.client), BreakerMonitor(house.client, {})
                )
            )
            stack.push_async_callback(house.api.close)
            listener = await stack.enter_async_context(
                Listener(house.client, ping_seconds=ping_seconds, follow_seconds=follow_seconds)
            )
            consumer = Consumer(house.client, house.metrics, consumer="w1", lease_seconds=lease_seconds, max_attempts=3)
            worker = Worker(
                consumer,
                listener,
                house.runs,
                house.metrics,
                slots=2,
                deadline_seconds=60,
                drain_seconds=5,
                rng=random.Random(1),
            )
            serve_worker = asyncio.create_task(worker.work(stop))
            try:
                yield house
            finally:
                house.runs.may_end.set()
                stop.set()
                await serve_worker

    return opened


@pytest.fixture
def logged() -> Iterator[list]:
    """Every log line of the test."""
    with capture_logs() as lines:
        yield lines


def told(lines, *events: str) -> list[str]:
    """Which of these events were logged, in order."""
    return [line["event"] for line in lines if line["event"] in events]


@pytest.fixture
async def proxy(own_redis, tmp_path) -> AsyncIterator[Proxy]:
    """A proxy before a Redis with persistence."""
    with tempfile.TemporaryDirectory(prefix="ws-proxy-") as folder:
        between = Proxy(f"{folder}/p", own_redis.url.removeprefix("unix://"))
        server = await asyncio.start_unix_server(between.serve, between.path)
        yield between
        server.close()
        await between.close()


@pytest.fixture
def start_redis() -> Iterator:
    """Start further servers, each with a folder and a port of its own."""
    with tempfile.TemporaryDirectory(prefix="ws-redis-") as folder:
        servers = []

        def start(*options: str, port: int = 0, waits: bool = True) -> RedisServer:
            home = Path(folder) / str(len(servers))
            home.mkdir()
            server = RedisServer(home, *(("--port", str(port)) if port else ()), *options)
            server.start(waits=waits)
            servers.append(server)
            return server

        yield start
        for server in servers:
            server.kill()


@pytest.fixture
def port(unused_tcp_port_factory):
    """Find free ports, one after the other."""

    return unused_tcp_port_factory
