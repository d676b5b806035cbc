"""One worker process: a real one, except that its work is simulated."""

import asyncio
import os
import random
import signal
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from chaos import plan
from chaos.notes import Notes
from watchsync import keys
from watchsync.cli.process_lifetime import Stop, run
from watchsync.errors import BrowserLost, BrowserUnavailable, PageDrifted, PrivateList, RedisUnavailable, Throttled
from watchsync.job import Completed, Job, Progress, Write
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.redis_client import connect
from watchsync.worker.attempt import ReportProgress
from watchsync.worker.loop import Worker

DRAIN_SECONDS = 0.5
RESULT = f"{keys.PREFIX}result:"
_FAULTS: dict[str, Callable[[], Exception]] = {
    "drifted": PageDrifted,
    "throttled": lambda: Throttled(retry_after_seconds=0.05),
    "browser-lost": BrowserLost,
    "no-browser": BrowserUnavailable,
    "private": PrivateList,
    "bug": ZeroDivisionError,
}
_POSTPONEMENTS = 2
"""So often no browser can be had; a postponed attempt costs none, so the plan has the same work for the next."""
_PADDING = "x" * 600


@dataclass(frozen=True)
class Post:
    """What a worker is started with."""

    name: str
    url: str
    notes: Path
    seed: int
    slots: int


class Hasty(random.Random):
    """Waits are as random as ever and a hundred times shorter."""

    def uniform(self, a: float, b: float) -> float:
        return super().uniform(a, b) / 100


class Play:
    """Does what the plan says and notes it."""

    def __init__(self, post: Post, notes: Notes) -> None:
        self._post = post
        self._note = notes
        self.released = asyncio.Event()

    async def __call__(self, job: Job, report: ReportProgress) -> Completed:
        about = {"job": job.id, "seq": job.seq, "attempt": job.attempts}
        self._note("began", **about)
        try:
            done = await self._play(job, report)
        except BaseException as error:
            self._note("stopped", why=type(error).__name__, **about)
            raise
        self._note("ended", **about)
        return done

    async def _play(self, job: Job, report: ReportProgress) -> Completed:
        work = plan.work(self._post.seed, job.id, job.attempts)
        mark = f"{self._post.name} {job.seq}"
        for number in range(work.progresses):
            report(Progress(f"stage {number}", mark, number, work.progresses))
            await asyncio.sleep(work.seconds / work.progresses)
        if not work.progresses:
            await asyncio.sleep(work.seconds)
        postponed = sum(attempt.outcome == "postponed" for attempt in job.history)
        await self._end("done" if work.ending == "no-browser" and postponed >= _POSTPONEMENTS else work.ending)
        value = orjson.dumps({"job": job.id, "mark": mark, "padding": _PADDING})
        return Completed(
            (Write(f"{RESULT}{job.id}", value, 86_400), Write(keys.snapshot(job.ref), value, 86_400)), {"titles": 1}
        )

    async def _end(self, ending: str) -> None:
        match ending:
            case "killed":
                self._note("struck", worker=self._post.name, how="kill")
                os.kill(os.getpid(), signal.SIGKILL)
            case "held":
                await self.released.wait()
            case _ if fault := _FAULTS.get(ending):
                raise fault()


def main(post: Post) -> None:
    """Work until a signal comes."""
    note = Notes(post.notes, post.name)

    def write_down(_: object, __: str, event: dict[str, Any]) -> str:
        facts = {key: value for key, value in event.items() if key not in {"exc_info", "ref", "correlation_id"}}
        if event.get("exc_info"):
            facts["raised"] = traceback.format_exc()
        note("log", **facts)
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, write_down])
    run(lambda stop: _serve(post, note, stop))


async def _serve(post: Post, note: Notes, stop: Stop) -> None:
    metrics = Metrics()
    play = Play(post, note)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, play.released.set)
    async with AsyncExitStack() as stack:
        client = connect(post.url)
        stack.push_async_callback(client.aclose)
        listener = await stack.enter_async_context(Listener(client))
        consumer = Consumer(
            client,
            metrics,
            consumer=post.name,
            lease_seconds=plan.LEASE_SECONDS,
            max_attempts=plan.MAX_ATTEMPTS,
        )
        stack.push_async_callback(_leave, consumer, note)
        worker = Worker(
            consumer,
            listener,
            play,
            metrics,
            slots=post.slots,
            deadline_seconds=plan.DEADLINE_SECONDS if post.slots < 100 else 600,
            drain_seconds=DRAIN_SECONDS,
            rng=Hasty(),
        )
        stop.on_second_signal(worker.stop_now)
        stopping = asyncio.Event()
        serving = asyncio.create_task(worker.work(stopping))
        note("up", pid=os.getpid())
        asked = asyncio.ensure_future(stop.wait())
        await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        try:
            await serving
        except Exception as error:
            note("crashed", error=repr(error))
            raise
    note("gone", illegal=metrics.illegal_moves._value.get())


async def _leave(consumer: Consumer, note: Notes) -> None:
    with suppress(RedisUnavailable):
        await consumer.deregister()
        note("left")
