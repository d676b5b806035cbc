"""One job that runs here: its attempt, its progress, and how it is made to stop for certain."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from watchsync import logs
from watchsync.job import Delivery, Interrupted, Outcome, Progress
from watchsync.queue.consumer import Consumer
from watchsync.worker.progress import ProgressPublisher

ReportProgress = Callable[[Progress], None]
RunAttempt = Callable[[Delivery, ReportProgress], Awaitable[Outcome]]
_log = logs.get(__name__)


class Running:
    """A delivery from the moment it is taken until its outcome is written down, or nobody wants it any more.

    ``outcome`` appears when the attempt has ended; it stays ``None`` for a job that is no longer ours.
    """

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.outcome: Outcome | None = None
        self._ending: str | None = None
        self._works = False
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    def start(self, serve: Coroutine[None, None, None]) -> None:
        """Begin to work in a task of its own."""
        self._works = True
        self._task = asyncio.create_task(serve, name=f"job {self.delivery.job.id}")

    async def attempt(self, consumer: Consumer, attempt: RunAttempt) -> None:
        """Make the attempt; only a cancellation that ``end`` did not cause is raised."""
        publish = ProgressPublisher(lambda progress: consumer.report(self.delivery, progress), lambda: self.end("lost"))
        async with publish as report:
            try:
                await asyncio.sleep(0)  # what the worker says next to the queue leaves first: both work at once
                outcome: Outcome | None = await attempt(self.delivery, report)
            except asyncio.CancelledError:
                if self._ending is None:
                    raise
                _log.info("attempt.stopped", why=self._ending)
                outcome = Interrupted() if self._ending == "interrupted" else None
            finally:
                self._works = False
        self.outcome = outcome if self._ending in {None, "interrupted"} else None

    def end(self, why: str) -> None:
        """Stop the work because the job was ``lost``, ``cancelled`` or ``interrupted``; the first reason counts."""
        if self._ending is None and self._works:
            self._ending = why
            self._stopping = asyncio.create_task(self._stop_for_certain(), name=f"stop {self.delivery.job.id}")

    async def ended(self) -> None:
        """Return once nothing of it runs any more."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _stop_for_certain(self) -> None:
        """Cancel until the work has ended: before Python 3.12 ``asyncio.wait_for`` can swallow a cancellation."""
        while self._works and self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)
