"""How often does a running job say how far it is? At each new stage, else ever more seldom."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from watchsync import logs
from watchsync.errors import LeaseLost, RedisUnavailable
from watchsync.job import Progress
from watchsync.retry import GrowingPause

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0
_log = logs.get(__name__)


class ProgressPublisher:
    """Takes every progress and publishes few: the latest one, after pauses that grow from 0.5 to 5 seconds.

    A sync of a minute publishes some 15 times at most. ``lost`` is called when the lease is gone.
    """

    def __init__(self, publish: Callable[[Progress], Awaitable[None]], lost: Callable[[], None]) -> None:
        self._publish = publish
        self._lost = lost
        self._latest: Progress | None = None
        self._fresh = asyncio.Event()
        self._new_stage = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    def __call__(self, progress: Progress) -> None:
        """Note how far the job is; returns at once."""
        if self._latest is None or self._latest.stage != progress.stage:
            self._new_stage.set()
        self._latest = progress
        self._fresh.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="reporter")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; what is being published is let through, since a call to Redis is not cut short."""
        self._is_closing = True
        self._fresh.set()
        self._new_stage.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, factor=1.5)
        while True:
            await self._fresh.wait()
            if self._is_closing:
                return
            self._fresh.clear()
            self._new_stage.clear()
            try:
                if self._latest:
                    await self._publish(self._latest)
            except LeaseLost:
                self._lost()
                return
            except RedisUnavailable:
                pause.skip_to_longest()  # the work goes on; people see it later
            except Exception:  # noqa: BLE001 - no work ends for a word about it
                _log.exception("progress.failed")
                pause.skip_to_longest()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.next_seconds()):
                    await self._new_stage.wait()
