"""A whole watchsync to be measured: site, Redis, API and worker, each a process of its own."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil
from ulid import ULID

from standin import slug_of
from watchsync import embedded_redis
from watchsync.job import Job, JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

_HERE = Path(__file__).parent
PAGE_TITLES = 250
_STOP_SECONDS = 40.0
_UP_SECONDS = 60.0
_OBSERVED_WORKER = (str(_HERE / "observed_worker.py"),)


@dataclass(frozen=True)
class Served:
    """What the site has answered so far."""

    requests: int
    body_bytes: int

    def since(self, earlier: "Served") -> "Served":
        """What it answered after ``earlier``."""
        return Served(self.requests - earlier.requests, self.body_bytes - earlier.body_bytes)


class Site:
    """The stand-in site, switched and asked over HTTP."""

    def __init__(self, addresses: dict[str, str], http: aiohttp.ClientSession) -> None:
        self.addresses = addresses
        self.url = addresses["imdb_url"]
        self._http = http
        self._own_requests = 0
        self._own_bytes = 0

    def first_page(self, slug: str) -> str:
        """The address of a list's first page; the number stands at its end."""
        return f"{self.url}/list/{slug}/?sort=list_order%2Casc&page=1"

    async def served(self) -> Served:
        """What it has answered until now, without what we asked for ourselves."""
        async with self._http.get(f"{self.url}/__control") as answer:
            text = await answer.read()
        facts = orjson.loads(text)
        requests = sum(facts["served"].values()) - self._own_requests
        found = Served(requests, facts["servedBytes"] - self._own_bytes)
        self._own_requests += 1
        self._own_bytes += len(text)
        return found

    async def delay(self, seconds: float) -> None:
        """Let every page take so long to come."""
        async with self._http.post(f"{self.url}/__control/lists/*", json={"latencySeconds": seconds}) as answer:
            answer.raise_for_status()
        self._own_requests += 1

    async def make(self, size: int) -> None:
        """Have all pages of a size made, so that nobody waits for that."""
        for number in range(1, -(-size // PAGE_TITLES) + 1):
            url = self.first_page(slug_of(size, 0)).removesuffix("1") + str(number)
            async with self._http.get(url) as answer:
                self._own_bytes += len(await answer.read())
            self._own_requests += 1


class House:
    """The processes and how to talk to them."""

    def __init__(
        self,
        site: Site,
        queue: Queue,
        http: aiohttp.ClientSession,
        stack: AsyncExitStack,
        settings: Mapping[str, str],
    ) -> None:
        self.site = site
        self.http = http
        self.queue = queue
        self.api_url = ""
        self.pids = [child.pid for child in psutil.Process().children() if "redis" in child.name()]
        """Of all that watchsync consists of: Redis, API and workers."""
        self._stack = stack
        self._settings = settings
        self._numbers = 0

    def new_slug(self, size: int) -> str:
        """A list of a size that nobody has read before."""
        self._numbers += 1
        return slug_of(size, self._numbers)

    async def start_api(self) -> None:
        """The API, whose address is ``api_url`` from then on."""
        port = free_port()
        self.api_url = f"http://127.0.0.1:{port}"
        await self._start([sys.executable, "-m", "watchsync", "api"], self.api_url, WATCHSYNC_PORT=str(port))

    async def start_worker(
        self, *, slots: int, is_observed: bool = False, inside: Sequence[str] = (), **more: str
    ) -> "Worker":
        """A worker; its browser is warm after ``warm_up``. ``inside`` is a command that runs the one behind it."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        program = _OBSERVED_WORKER if is_observed else ("-m", "watchsync", "worker")
        own = {"WATCHSYNC_WORKER_PORT": str(port), "WATCHSYNC_BROWSER_SLOTS": str(slots), **more}
        return Worker(await self._start([*inside, sys.executable, *program], url, **own), url, self.http)

    async def submit(self, slug: str) -> str:
        """Ask for one sync without the API; answers the job's id."""
        new = NewJob(id=str(ULID()), ref=ListRef.parse(slug), force=True)
        return (await self.queue.producer.submit(new)).job.id

    async def finished(self, job_id: str) -> Job:
        """Wait for a job's end."""
        async with self.queue.lookup.watch(job_id) as changes:
            async for job in changes:
                last = job
        return last

    async def sync_all(self, slugs: Iterable[str]) -> list[Job]:
        """Ask for many syncs at once and wait until nothing is left to do; answers the jobs."""
        ids = [await self.submit(slug) for slug in slugs]
        while (depth := await self.queue.gauges.depth()).waiting + depth.delayed + depth.running:
            await asyncio.sleep(0.1)
        return [await self.queue.lookup.get(job_id) for job_id in ids]

    async def warm_up(self, count: int, size: int = PAGE_TITLES) -> None:
        """Let the worker do a few syncs, so that nothing is measured that happens once only."""
        await self.site.make(size)
        must_complete(await self.sync_all(self.new_slug(size) for _ in range(count)))

    async def _start(self, command: Sequence[str], url: str, **more: str) -> Process:
        environment = {**os.environ, **self._settings, **more}
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, start_new_session=True)
        self.pids.append(process.pid)
        self._stack.push_async_callback(stop, process)
        await _until_up(self.http, f"{url}/livez", process)
        return process


class Worker:
    """A worker's process and its probes."""

    def __init__(self, process: Process, url: str, http: aiohttp.ClientSession) -> None:
        self.process = process
        self.pid = process.pid
        self._url = url
        self._http = http

    async def health(self) -> dict[str, Any]:
        """Its checks by name."""
        async with self._http.get(f"{self._url}/health") as answer:
            found: dict[str, Any] = await answer.json()
        return dict(found["checks"])

    async def metric(self, name: str) -> float:
        """The value of one metric; of all its labels together unless the name says which."""
        async with self._http.get(f"{self._url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    async def stop(self) -> dict[str, Any]:
        """End it as a container host does; answers what an observed worker tells at its end."""
        said = await stop(self.process)
        told: dict[str, Any] = orjson.loads(said.splitlines()[-1]) if said else {}
        return told


@asynccontextmanager
async def opened(*, has_token: bool = False) -> AsyncIterator[House]:
    """Site and Redis run; API and worker are started by the one who measures.

    Without a token no title is looked up at TMDB. With one all are known after the first list of a size.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ws-bench-")))
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)))
        redis_url = await stack.enter_async_context(embedded_redis.run_embedded_redis(folder))
        site = await _site(stack, http)
        client = connect(redis_url)
        stack.push_async_callback(client.aclose)
        queue = await stack.enter_async_context(open_queue(client, Metrics()))
        yield House(site, queue, http, stack, _settings(site, redis_url, has_token=has_token))


def _settings(site: Site, redis_url: str, *, has_token: bool) -> dict[str, str]:
    settings = {
        "WATCHSYNC_REDIS_URL": redis_url,
        "WATCHSYNC_IMDB_URL": site.url,
        "WATCHSYNC_IMDB_INTERVAL_SECONDS": "0",
        "WATCHSYNC_LOG_LEVEL": "error",
        "WATCHSYNC_BROWSER_MODE": os.environ.get("WATCHSYNC_BROWSER_MODE", "shell"),
    }
    if has_token:
        settings["WATCHSYNC_TMDB_TOKEN"] = "a-token-for-the-stand-in"
        settings["WATCHSYNC_TMDB_URL"] = site.addresses["tmdb_url"]
        settings["WATCHSYNC_TMDB_REQUESTS_PER_SECOND"] = "1000"
    return settings


async def _site(stack: AsyncExitStack, http: aiohttp.ClientSession) -> Site:
    process = await asyncio.create_subprocess_exec(sys.executable, str(_HERE / "standin.py"), stdout=PIPE)
    stack.push_async_callback(stop, process)
    assert process.stdout
    return Site(orjson.loads(await process.stdout.readline()), http)


async def stop(process: Process) -> bytes:
    """SIGTERM, after a while SIGKILL; answers the rest of its standard output."""
    if process.returncode is not None:
        return b""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        said, _ = await process.communicate()
    return said


def must_complete(jobs: Iterable[Job]) -> None:
    """Nothing was measured if a job was not completed."""
    for job in jobs:
        if job.state is not JobState.COMPLETED:
            raise SystemExit(f"The sync of {job.ref} ended as {job.state}: {job.error}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_up(http: aiohttp.ClientSession, url: str, process: Process) -> None:
    async with asyncio.timeout(_UP_SECONDS):
        while process.returncode is None:
            with suppress(aiohttp.ClientError):
                async with http.get(url) as answer:
                    if answer.ok:
                        return
            await asyncio.sleep(0.05)
    raise SystemExit(f"A process ended at its start ({process.returncode}); what it said stands above.")
