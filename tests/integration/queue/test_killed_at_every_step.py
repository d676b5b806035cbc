"""A worker is killed at each step between taking a job and having settled it; the job ends as promised."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import killing
from killing import JOB, RESULT, Handing, Moment, work
from watchsync import keys
from watchsync.job import FINISHED, JobState
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.redis_client import Client, connect

MOST_STEPS = 2000


@dataclass(frozen=True)
class Death:
    """How far the job had come when its worker died."""

    was_taken: bool
    was_settled: bool

    @property
    def outcomes(self) -> list[str]:
        return ["lost", "completed"] if self.was_taken and not self.was_settled else ["completed"]


@pytest.fixture
def is_killed(redis_url) -> Iterator[Callable[[str, object], bool]]:
    """Let a worker run that is to die at a place; answer whether it did."""
    command = [sys.executable, "-m", "killing", redis_url]
    tests = Path(killing.__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tests, tests.parent / "src")))}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def told(kind: str, where: object) -> bool:
            asyncio.run(begin(redis_url))
            process.stdin.write(f"{kind} {where}\n")
            process.stdin.flush()
            answer = process.stdout.readline().strip()
            assert answer in {"killed", "ended"}, "the worker failed by itself"
            return answer == "killed"

        yield told
        process.stdin.close()


async def finished(_: Handing, queue: Queue) -> None:
    async with queue.lookup.watch(JOB.id) as changes:
        async for job in changes:
            if job.state in FINISHED:
                return


async def begin(url: str) -> None:
    client = connect(url)
    await client.flushall()
    await client.config_resetstat()
    await Queue.on(client, Metrics()).producer.submit(JOB)
    await client.aclose()


async def go_on(url: str) -> Death:
    """A second worker comes when the first one's lease has run out; everything ends as promised."""
    client = connect(url)
    await client.ping()  # what the dead one sent is carried out before the next command
    left = await Queue.on(client, Metrics()).lookup.get(JOB.id)
    death = Death(was_taken=left.state is not JobState.WAITING, was_settled=left.state is JobState.COMPLETED)
    await expire_leases(client)
    await work(url, "heir", finished)
    await ends_as_promised(client, death)
    await client.aclose()
    return death


async def ends_as_promised(client: Client, death: Death) -> None:
    job = await Queue.on(client, Metrics()).lookup.get(JOB.id)
    assert job.state is JobState.COMPLETED
    assert [attempt.outcome for attempt in job.history] == death.outcomes
    assert job.attempts == len(death.outcomes)
    assert (await client.info("commandstats"))["cmdstat_set"]["calls"] == 1
    assert await client.get(RESULT) == (b"victim 1" if death.was_settled else f"heir {job.attempts}".encode())
    assert await client.xlen(keys.STREAM) == 0
    assert (await client.xpending(keys.STREAM, keys.GROUP))["pending"] == 0
    assert await client.hlen(keys.ACTIVE) == 0


async def expire_leases(client: Client) -> None:
    groups = await client.xinfo_groups(keys.STREAM) if await client.exists(keys.STREAM) else ()
    for entry in await client.xpending_range(keys.STREAM, keys.GROUP, "-", "+", 10) if groups else ():
        names = (keys.STREAM, keys.GROUP, entry["consumer"])
        await client.xclaim(*names, 0, [entry["message_id"]], idle=3_600_000, justid=True)
    await client.hdel(keys.CLOCKS, "leases")


@pytest.mark.parametrize(
    ("moment", "death"),
    [
        (Moment.BEFORE_TAKING, Death(was_taken=False, was_settled=False)),
        (Moment.WHEN_TAKEN, Death(was_taken=True, was_settled=False)),
        (Moment.BEFORE_SETTLING, Death(was_taken=True, was_settled=False)),
        (Moment.WHEN_SETTLED, Death(was_taken=True, was_settled=True)),
    ],
)
def test_a_job_survives_its_worker_being_killed_at_each_of_its_moments(redis_url, is_killed, moment, death):
    assert is_killed("moment", moment)
    assert asyncio.run(go_on(redis_url)) == death


@pytest.mark.parametrize("kind", ["send", "answer", "step"])
def test_a_job_survives_its_worker_being_killed_at_every_step(redis_url, is_killed, kind):
    deaths = 0
    while is_killed(kind, deaths + 1):
        asyncio.run(go_on(redis_url))
        deaths += 1
        assert deaths < MOST_STEPS, "the worker never came to its end"
    assert deaths > len(Moment)
