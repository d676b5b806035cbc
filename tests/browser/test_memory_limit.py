"""A real worker in a real memory cgroup, and what it does when that fills up."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ulid import ULID

from watchsync.demo.sites import standing_in
from watchsync.job import NewJob, State
from watchsync.queue.queue import Queue
from watchsync.refs import ListRef

GROUPS = Path("/sys/fs/cgroup/memory")
LIMIT = 1 << 30
NEVER_COMES = ListRef.parse("ur20000013")
BALLOON = """
import os, sys, time
from pathlib import Path
group, kept = Path(sys.argv[1]), []
used = lambda: int((group / "memory.usage_in_bytes").read_text())
while used() < 0.97 * int((group / "memory.limit_in_bytes").read_text()):
    kept.append(bytearray(os.urandom(4096)) * 1024)
time.sleep(600)
"""
pytestmark = pytest.mark.skipif(
    not os.access(GROUPS / "memory.limit_in_bytes", os.W_OK), reason="no writable cgroup v1 memory controller here"
)


class Container:
    """A memory cgroup, and processes in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(LIMIT))

    def run(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        inside = ["/bin/sh", "-c", f'echo $$ > {self._folder}/cgroup.procs; exec "$@"', "sh", *command]
        self._processes.append(subprocess.Popen(inside, env=os.environ | environment))
        return self._processes[-1]

    def inflate(self) -> None:
        self.run(sys.executable, "-c", BALLOON, str(self._folder))

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        while (self._folder / "cgroup.procs").read_text():
            pass
        self._folder.rmdir()


@pytest.fixture
def container():
    opened = Container(GROUPS / f"watchsync-worker-{os.getpid()}")
    yield opened
    opened.close()


async def until(queue, job_id, state):
    async with queue.watch(job_id) as changes:
        async for seen in changes:
            if seen.state is state:
                return seen
    raise AssertionError("it ended otherwise")


async def test_at_the_edge_the_running_job_goes_back_without_an_attempt_and_at_last_the_worker_leaves(
    container, client, redis_url, metrics, free_port
):
    async with standing_in() as sites, Queue(client, metrics) as queue:
        worker = container.run(
            *(sys.executable, "-m", "watchsync", "worker"),
            WATCHSYNC_REDIS_URL=redis_url,
            WATCHSYNC_IMDB_URL=sites.imdb_url,
            WATCHSYNC_TMDB_URL=sites.tmdb_url,
            WATCHSYNC_WORKER_PORT=str(free_port),
            WATCHSYNC_IMDB_INTERVAL_SECONDS="0",
        )
        job = (await queue.submit(NewJob(id=str(ULID()), ref=NEVER_COMES))).job
        await until(queue, job.id, State.RUNNING)
        container.inflate()
        returned = await until(queue, job.id, State.WAITING)
        assert (returned.attempts, returned.error) == (0, None)
        assert await asyncio.to_thread(worker.wait) == 1
        assert (await queue.get(job.id)).state is State.WAITING
