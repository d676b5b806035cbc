"""Where does a worker die? A process of its own forks a worker for each death, and says whether it died.

``python -m killing URL`` reads lines ``KIND WHERE`` and answers each with ``killed`` or ``ended``. It runs apart from
the tests, whose process has threads and so must not fork.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from enum import StrEnum

from redis.asyncio.connection import AbstractConnection

from watchsync import keys, logs
from watchsync.job import Completed, Job, NewJob, Progress, Write
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


class Moment(StrEnum):
    """A moment of the job at which the worker can be killed."""

    BEFORE_TAKING = "before-taking"
    WHEN_TAKEN = "when-taken"
    BEFORE_SETTLING = "before-settlement"
    WHEN_SETTLED = "when-settled"


class Handing(Consumer):
    """Says when something was settled, and calls ``at`` at each moment of the job."""

    def __init__(self, client: Client, consumer: str, at: Callable[[Moment], None]) -> None:
        super().__init__(client, Metrics(), consumer=consumer, lease_seconds=LEASE_SECONDS, max_attempts=3)
        self.settled = asyncio.Event()
        self._at = at

    async def settle_and_take(self, settlements, want, held, **options):
        self._at(Moment.BEFORE_SETTLING if settlements else Moment.BEFORE_TAKING)
        handover = await super().settle_and_take(settlements, want, held, **options)
        if handover.deliveries:
            self._at(Moment.WHEN_TAKEN)
        if handover.verdicts:
            self._at(Moment.WHEN_SETTLED)
            self.settled.set()
        return handover


async def work(
    url: str, name: str, until: Callable[[Handing, Queue], object], at: Callable[[Moment], None] = lambda _: None
) -> None:
    """A whole worker at work until something is true."""
    client = connect(url)
    consumer = Handing(client, name, at)

    async def run(job: Job, report) -> Completed:
        report(Progress("reading", "Half way", 1, 2))
        await asyncio.sleep(0)
        return Completed((Write(RESULT, f"{name} {job.attempts}".encode(), 60),))

    stop = asyncio.Event()
    async with open_queue(client, Metrics()) as queue, Listener(client) as listener:
        worker = Worker(consumer, listener, run, Metrics(), slots=2, deadline_seconds=60, drain_seconds=5, rng=None)
        serve_worker = asyncio.create_task(worker.work(stop))
        await until(consumer, queue)
        stop.set()
        await serve_worker
        await consumer.deregister()
    await client.aclose()


async def _settled(consumer: Handing, _: Queue) -> None:
    await consumer.settled.wait()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DeadlyLoop(asyncio.SelectorEventLoop):
    """Kills its process before the n-th step of anything that runs in it; never, where there is no n."""

    def __init__(self, deadly_step: int = 0) -> None:
        super().__init__()
        self._left = deadly_step

    def call_soon(self, callback, *args, context=None):
        return super().call_soon(self._step, callback, args, context=context)

    def _step(self, callback, args) -> None:
        self._left -= 1
        if self._left == 0:
            _die()
        callback(*args)


def _before_each_send(number: int) -> None:
    send = AbstractConnection.send_packed_command
    left = number

    async def deadly(self, *args, **options) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            _die()
        await send(self, *args, **options)

    AbstractConnection.send_packed_command = deadly


def _before_each_answer(number: int) -> None:
    send = AbstractConnection.send_packed_command
    left = number

    async def deadly(self, *args, **options) -> None:
        nonlocal left
        await send(self, *args, **options)
        left -= 1
        if left == 0:
            _die()

    AbstractConnection.send_packed_command = deadly


def _at_a_moment(url: str, deadly: str):
    return work(url, "victim", _settled, lambda moment: _die() if moment == deadly else None)


def _victim(url: str, kind: str, where: str) -> None:
    """A worker that dies as it is told to, or ends when it has settled its job."""
    deadly_step = 0
    if kind == "step":
        deadly_step = int(where)
    elif kind == "send":
        _before_each_send(int(where))
    elif kind == "answer":
        _before_each_answer(int(where))
    with asyncio.Runner(loop_factory=lambda: DeadlyLoop(deadly_step)) as runner:
        runner.run(_at_a_moment(url, where))


def _is_killed(url: str, kind: str, where: str) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _victim(url, kind, where)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise SystemExit("the worker failed by itself")
    return os.WIFSIGNALED(status)


def main() -> None:
    logs.configure("error", "json")
    for line in sys.stdin:
        print("killed" if _is_killed(sys.argv[1], *line.split()) else "ended", flush=True)


if __name__ == "__main__":
    main()
