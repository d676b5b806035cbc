"""What keeps a process's standing duties going? One that breaks is told, counted and begun again, ever more seldom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from watchsync import logs
from watchsync.metrics import Metrics
from watchsync.retry import GrowingPause

Duty = Callable[[], Awaitable[None]]
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 60.0
_CANCEL_AGAIN_SECONDS = 0.5
_log = logs.get(__name__)


class Duties:
    """Knows which duties are broken at the moment.

    A duty lasts until it is cancelled; one that returns has said that it is done.
    """

    def __init__(self, metrics: Metrics, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._metrics = metrics
        self._sleep = sleep
        self._broken: dict[str, str] = {}

    @property
    def broken(self) -> dict[str, str]:
        """Why, by the name of each duty that waits to be begun again."""
        return dict(self._broken)

    @asynccontextmanager
    async def keeping(self, name: str, duty: Duty) -> AsyncIterator[None]:
        """Keep a duty going while inside. ``name`` is one of those that the metric counts."""
        task = asyncio.create_task(self._keep(name, duty), name=name)
        try:
            yield
        finally:
            while not task.done():  # redis-py can swallow a cancellation while it connects
                task.cancel()
                await asyncio.wait({task}, timeout=_CANCEL_AGAIN_SECONDS)

    async def _keep(self, name: str, duty: Duty) -> None:
        pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await duty()
            except Exception as error:  # noqa: BLE001 - whatever it was, the process goes on with its duty
                if loop.time() - began > _LONGEST_PAUSE_SECONDS:
                    pause.reset()
                seconds = pause.next_seconds()
                self._broken[name] = type(error).__name__
                self._metrics.duties_broken.labels(duty=name).inc()
                _log.exception("duty.failed", duty=name, again_in_seconds=seconds)
                await self._sleep(seconds)
                self._broken.pop(name, None)
            else:
                return
