"""How often does a running job publish its progress? At each new stage, else less and less often."""

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
    """Takes every report and publishes the latest one, after pauses that grow from 0.5 to 5 seconds.

    A sync of one minute publishes about 15 times at most. ``lost`` is called when the lease is lost.
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
        """Note the job's progress; returns at once."""
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
        """Stop after what is being published, since a call to Redis is never cut short."""
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
                pause.skip_to_longest()  # the work goes on; people see its progress later
            except Exception:  # noqa: BLE001 - no job fails because its progress cannot be published
                _log.exception("progress.failed")
                pause.skip_to_longest()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.next_seconds()):
                    await self._new_stage.wait()
