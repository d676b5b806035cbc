"""When does a worker end its whole process, so that it is started afresh?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from watchsync import logs
from watchsync.errors import WatchsyncError, WorkerFailed

Leave = Callable[[WatchsyncError], None]
_log = logs.get(__name__)


class Works(Protocol):
    """Whoever serves the queue."""

    async def work(self, stop: asyncio.Event) -> None:
        """Serve until ``stop``, then drain."""


@asynccontextmanager
async def fatal_exit() -> AsyncIterator[Leave]:
    """Yield a call that cancels what runs inside, so that the worker drains; the first reason given is raised."""
    patience = asyncio.timeout(None)
    reasons: list[WatchsyncError] = []

    def leave(reason: WatchsyncError) -> None:
        reasons.append(reason)
        if not patience.expired():
            patience.reschedule(0.0)

    try:
        async with patience:
            yield leave
    except TimeoutError:
        if patience.expired():
            raise reasons[0] from None
        raise


@asynccontextmanager
async def serving_queue(worker: Works, leave: Leave) -> AsyncIterator[None]:
    """Let the worker serve the queue while inside, and drain on exit.

    A worker that breaks ends the process, which would only look healthy without its loop.
    """
    stop = asyncio.Event()
    serving = asyncio.create_task(_serve(worker, stop, leave), name="worker")
    try:
        yield
    finally:
        stop.set()
        await serving


async def _serve(worker: Works, stop: asyncio.Event, leave: Leave) -> None:
    try:
        await worker.work(stop)
    except Exception:  # noqa: BLE001 - whatever it was, the process must not go on without its loop
        _log.exception("worker.failed")
        leave(WorkerFailed())
