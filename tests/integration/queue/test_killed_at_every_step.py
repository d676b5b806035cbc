"""A worker is killed at each step between taking a job and having settled it; the job ends as promised."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from redis.asyncio.connection import AbstractConnection

from watchsync import keys
from watchsync.job import FINISHED, Completed, Job, JobState, NewJob, Progress, Write
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import Client, connect
from watchsync.refs import ListRef
from watchsync.worker.loop import Worker

JOB = NewJob(id="J1", ref=ListRef.parse("ur1"))
RESULT = keys.snapshot(JOB.ref)
LEASE_SECONDS = 30.0
TIMEOUT_SECONDS = 10.0
MOST_STEPS = 2000


class DeadlyLoop(asyncio.SelectorEventLoop):
    """Kills its process before the n-th step of anything that runs in it."""

    def __init__(self, deadly_step: int) -> None:
        super().__init__()
        self._left = deadly_step

    def call_soon(self, callback, *args, context=None):
        return super().call_soon(self._step, callback, args, context=context)

    def _step(self, callback, args) -> None:
        self._left -= 1
        if self._left == 0:
            die()
        callback(*args)


class Handing(Consumer):
    """Says when something was settled."""

    def __init__(self, client: Client, consumer: str) -> None:
        super().__init__(client, Metrics(), consumer=consumer, lease_seconds=LEASE_SECONDS, max_attempts=3)
        self.settled = asyncio.Event()

    async def settle_and_take(self, settlements, want, held, **options):
        handover = await super().settle_and_take(settlements, want, held, **options)
        if handover.verdicts:
            self.settled.set()
        return handover


@dataclass(frozen=True)
class Death:
    """How far the job had come when its worker died."""

    was_taken: bool
    was_settled: bool

    @property
    def outcomes(self) -> list[str]:
        return ["lost", "completed"] if self.was_taken and not self.was_settled else ["completed"]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def work(url: str, name: str, until: Callable[[Handing, Queue], object]) -> None:
    """A whole worker at work until something is true."""
    client = connect(url)
    consumer = Handing(client, name)

    async def run(job: Job, report) -> Completed:
        report(Progress("reading", "Half way", 1, 2))
        await asyncio.sleep(0)
        return Completed((Write(RESULT, f"{name} {job.attempts}".encode(), 60),))

    stop = asyncio.Event()
    async with open_queue(client, Metrics()) as queue, Listener(client) as listener:
        worker = Worker(consumer, listener, run, Metrics(), slots=2, deadline_seconds=60, drain_seconds=5, rng=None)
        serve_worker = asyncio.create_task(worker.work(stop))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await until(consumer, queue)
        stop.set()
        await serve_worker
        await consumer.deregister()
    await client.aclose()


async def settled(consumer: Handing, _: Queue) -> None:
    await consumer.settled.wait()


async def finished(_: Handing, queue: Queue) -> None:
    async with queue.lookup.watch(JOB.id) as changes:
        async for job in changes:
            if job.state in FINISHED:
                return


def child_dies(url: str, deadly_step: int, arm: Callable[[int], None]) -> bool:
    """Fork a worker that is to die at a step; answer whether it did."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            arm(deadly_step)
            step = deadly_step if arm is in_the_loop else -1
            with asyncio.Runner(loop_factory=lambda: DeadlyLoop(step)) as runner:
                runner.run(work(url, "victim", settled))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, "the worker failed by itself"
    return os.WIFSIGNALED(status)


def in_the_loop(_: int) -> None:
    """The loop itself kills."""


def before_each_send(number: int) -> None:
    send = AbstractConnection.send_packed_command
    left = number

    async def deadly(self, *args, **options) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            die()
        await send(self, *args, **options)

    AbstractConnection.send_packed_command = deadly


def before_each_answer(number: int) -> None:
    send = AbstractConnection.send_packed_command
    left = number

    async def deadly(self, *args, **options) -> None:
        nonlocal left
        await send(self, *args, **options)
        left -= 1
        if left == 0:
            die()

    AbstractConnection.send_packed_command = deadly


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


@pytest.mark.parametrize("arm", [in_the_loop, before_each_send, before_each_answer])
def test_a_job_survives_its_worker_being_killed_at_every_step(redis_server, arm):
    seen: Counter[Death] = Counter()
    for step in range(1, MOST_STEPS):
        asyncio.run(begin(redis_server.url))
        if not child_dies(redis_server.url, step, arm):
            break
        seen[asyncio.run(go_on(redis_server.url))] += 1
    else:
        pytest.fail("the worker never came to its end")
    assert seen.keys() >= {Death(True, False), Death(True, True)}
    # The first thing that a worker sends may already be what takes the job.
    assert arm is before_each_answer or Death(False, False) in seen
