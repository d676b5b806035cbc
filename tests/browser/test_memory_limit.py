"""A real worker in a real memory cgroup, and what it does when that fills up."""

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any

import orjson
import psutil
import pytest
from ulid import ULID

from watchsync.demo.sites import standing_in
from watchsync.demo.states import Size
from watchsync.job import JobState, NewJob
from watchsync.queue.queue import open_queue
from watchsync.refs import ListRef

GROUPS = Path("/sys/fs/cgroup/memory")
LIMIT = 1 << 30
MOST_ROUNDS = 5
NEVER_COMES = ListRef.parse("ur20000013")
LIST = ListRef.parse("ur10000250")
BALLAST = """
import os, sys
from watchsync.browser.memory import limit_bytes, used_bytes
kept = []
for line in sys.stdin:
    wanted = float(line) * limit_bytes()
    while used_bytes() < wanted:
        kept.append(bytearray(os.urandom(4096)) * 1024)
    while kept and used_bytes() > wanted:
        kept.pop()
    print(line, flush=True)
"""
pytestmark = pytest.mark.skipif(
    not os.access(GROUPS / "memory.limit_in_bytes", os.W_OK), reason="no writable cgroup v1 memory controller here"
)


class Container:
    """A memory cgroup, and processes in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ballast: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(LIMIT))

    def run(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:
        inside = ["/bin/sh", "-c", f'echo $$ > {self._folder}/cgroup.procs; exec "$@"', "sh", *command]
        self._processes.append(subprocess.Popen(inside, **options))
        return self._processes[-1]

    def fill(self, share: float) -> None:
        """Let so much of the limit be in use, as far as ballast can."""
        if self._ballast is None:
            self._ballast = self.run(sys.executable, "-c", BALLAST, stdin=PIPE, stdout=PIPE)
        self._ballast.stdin.write(f"{share}\n".encode())
        self._ballast.stdin.flush()
        assert self._ballast.stdout.readline()

    def close(self) -> None:
        for _ in range(MOST_ROUNDS):  # what was killed may have left something behind that had just started
            left = self._left()
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(left, timeout=30)
        for process in self._processes:
            process.communicate()
        self._folder.rmdir()

    def _left(self) -> list[psutil.Process]:
        found = []
        for pid in (self._folder / "cgroup.procs").read_text().split():
            with suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(int(pid)))
        return found


@pytest.fixture
def container():
    opened = Container(GROUPS / f"watchsync-worker-{os.getpid()}")
    yield opened
    opened.close()


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as standing:
        yield standing


@pytest.fixture
def start_worker(container, sites, redis_url, free_port):
    """Start a worker in the container; it says on its standard error what it does."""

    def start():
        settings = {
            "WATCHSYNC_REDIS_URL": redis_url,
            "WATCHSYNC_IMDB_URL": sites.imdb_url,
            "WATCHSYNC_TMDB_URL": sites.tmdb_url,
            "WATCHSYNC_WORKER_PORT": str(free_port),
            "WATCHSYNC_IMDB_INTERVAL_SECONDS": "0",
        }
        command = (sys.executable, "-m", "watchsync", "worker")
        return container.run(*command, env=os.environ | settings, stderr=PIPE)

    return start


async def until(queue, job_id, state):
    async with queue.lookup.watch(job_id) as changes:
        async for seen in changes:
            if seen.state is state:
                return seen
    raise AssertionError("it ended otherwise")


async def until_told(worker, step):
    """Return once the worker says that it takes this step."""
    while line := await asyncio.to_thread(worker.stderr.readline):
        if not line.startswith(b"{"):  # a child that the kernel ends may say so beside the worker's own lines
            continue
        said = orjson.loads(line)
        if (said["event"], said.get("step")) == ("memory_pressure.changed", step):
            return
    raise AssertionError("the worker ended")


async def submitted(queue, ref):
    return (await queue.producer.submit(NewJob(id=str(ULID()), ref=ref))).job.id


async def test_as_memory_gets_short_the_worker_climbs_down_step_by_step_and_works_again_once_there_is_enough(
    container, start_worker, client, metrics
):
    async with open_queue(client, metrics) as queue:
        worker = start_worker()
        stuck = await submitted(queue, NEVER_COMES)
        await until(queue, stuck, JobState.RUNNING)
        await asyncio.to_thread(container.fill, 0.88)
        await until_told(worker, "replace-browser")
        waiting = await submitted(queue, LIST)
        await asyncio.to_thread(container.fill, 0.96)
        await until_told(worker, "hand-back")
        assert (await queue.lookup.get(waiting)).started_at is None
        returned = await until(queue, stuck, JobState.WAITING)
        assert (returned.attempts, returned.error) == (0, None)
        await asyncio.to_thread(container.fill, 0)
        assert await until(queue, waiting, JobState.RUNNING)


@pytest.mark.full
async def test_at_the_edge_the_running_job_goes_back_without_an_attempt_and_at_last_the_worker_leaves(
    container, start_worker, client, metrics
):
    async with open_queue(client, metrics) as queue:
        worker = start_worker()
        job_id = await submitted(queue, NEVER_COMES)
        await until(queue, job_id, JobState.RUNNING)
        await asyncio.to_thread(container.fill, 0.97)
        returned = await until(queue, job_id, JobState.WAITING)
        assert (returned.attempts, returned.error) == (0, None)
        assert await asyncio.to_thread(worker.wait) == 1
        assert (await queue.lookup.get(job_id)).state is JobState.WAITING
