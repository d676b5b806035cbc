"""How does one job run here? In a task of its own, which can be made to stop for certain."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars

from watchsync import logs
from watchsync.job import Delivery, Interrupted, Outcome, Progress
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.worker.attempt import ReportProgress, Run, attempt
from watchsync.worker.progress import ProgressPublisher
from watchsync.worker.timing import now

_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What every job of a worker runs with."""

    run: Run
    consumer: Consumer
    metrics: Metrics
    deadline_seconds: float
    rng: random.Random


class Running:
    """A delivery that is worked on, and the task that does it.

    ``outcome`` appears when the attempt has ended; it stays ``None`` for a job that is no longer ours.
    """

    def __init__(self, delivery: Delivery, work: Work, on_end: "Callable[[Running], None]") -> None:
        self.delivery = delivery
        self.outcome: Outcome | None = None
        self._work = work
        self._on_end = on_end
        self._ending: str | None = None
        self._works = False
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work; ``on_end`` is called once nothing of the job runs any more."""
        self._works = True
        self._task = asyncio.create_task(self._serve(), name=f"job {self.delivery.job.id}")

    def end(self, why: str) -> None:
        """Stop the work because the job was ``lost``, ``cancelled`` or ``interrupted``; the first reason counts."""
        if self._ending is None and self._works:
            self._ending = why
            self._stopping = asyncio.create_task(self._stop_for_certain(), name=f"stop {self.delivery.job.id}")

    async def ended(self) -> None:
        """Return once nothing of the job runs any more."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _serve(self) -> None:
        job, metrics = self.delivery.job, self._work.metrics
        started = now()
        metrics.jobs_running.inc()
        try:
            bind_contextvars(job=job.id, ref=str(job.ref), correlation_id=job.correlation_id)
            _log.info("attempt.started", attempt=job.attempts)
            await self._make_attempt()
        except Exception:  # noqa: BLE001 - its lease runs out and another attempt is made
            _log.exception("attempt.abandoned", job=job.id)
        finally:
            metrics.jobs_running.dec()
            metrics.attempt_seconds.observe(now() - started)
            self._on_end(self)

    async def _make_attempt(self) -> None:
        """Make the attempt and keep its outcome; only a cancellation that ``end`` did not cause is raised."""
        async with ProgressPublisher(self._publish, lambda: self.end("lost")) as report:
            try:
                await asyncio.sleep(0)  # what the worker says next to the queue leaves first: both work at once
                outcome: Outcome | None = await self._attempt(report)
            except asyncio.CancelledError:
                if self._ending is None:
                    raise
                _log.info("attempt.stopped", why=self._ending)
                outcome = Interrupted() if self._ending == "interrupted" else None
            finally:
                self._works = False
        self.outcome = outcome if self._ending in {None, "interrupted"} else None

    async def _attempt(self, report: ReportProgress) -> Outcome:
        work = self._work
        return await attempt(self.delivery.job, work.run, report, deadline_seconds=work.deadline_seconds, rng=work.rng)

    async def _publish(self, progress: Progress) -> None:
        await self._work.consumer.report(self.delivery, progress)

    async def _stop_for_certain(self) -> None:
        """Cancel until the work has ended: before Python 3.12 ``asyncio.wait_for`` can swallow a cancellation."""
        while self._works and self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)
