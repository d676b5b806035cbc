"""Who follows which job? However many do, each change costs one read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from watchsync import keys
from watchsync.errors import WatchsyncError
from watchsync.job import FINISHED, Job
from watchsync.queue.listener import Listener

Read = Callable[[str], Awaitable[Job]]
"""Reads a job; raises JobNotFound and RedisUnavailable."""


class Following:
    """The jobs that are followed in this process. One that nobody follows any more is forgotten."""

    def __init__(self, read: Read, listener: Listener) -> None:
        self._read = read
        self._listener = listener
        self._followed: dict[str, _Followed] = {}

    @asynccontextmanager
    async def follow(self, job_id: str) -> AsyncIterator[AsyncIterator[Job]]:
        """The job as it is now, then after each change. Raises what the read raises, on entering and later."""
        followed = self._followed.get(job_id)
        if followed is None:
            followed = self._followed[job_id] = _Followed(lambda: self._read(job_id))
            subscription = self._listener.subscribe(keys.events(job_id), followed.note_change)
            await followed.subscription.enter_async_context(subscription)
        followed.followers += 1
        try:
            yield followed.changes(await followed.first())
        finally:
            followed.followers -= 1
            if not followed.followers:
                del self._followed[job_id]
                await followed.close()


class _Followed:
    """One job, read once for all who follow it."""

    def __init__(self, read: Callable[[], Awaitable[Job]]) -> None:
        self.followers = 0
        self.subscription = AsyncExitStack()
        self._read = read
        self._latest: Job | None = None
        self._error: WatchsyncError | None = None
        self._is_outdated = False
        self._reading: asyncio.Task[None] | None = None
        self._told = asyncio.Event()
        """Set, and replaced by the next one, when there is something new."""

    def note_change(self, _: bytes | None = None) -> None:
        """Read the job; a change while it is being read leads to one more read."""
        self._is_outdated = True
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_until_current(), name="followed job")

    async def first(self) -> Job:
        """The job as it is now."""
        if self._latest is None:
            self.note_change()
        return await self._newer_than(-1)

    async def changes(self, job: Job) -> AsyncIterator[Job]:
        """This job, then each newer state of it, until it has ended."""
        yield job
        while job.state not in FINISHED:
            job = await self._newer_than(job.seq)
            yield job

    async def close(self) -> None:
        """Read no more."""
        await self.subscription.aclose()
        if self._reading is not None:
            self._reading.cancel()

    async def _newer_than(self, seq: int) -> Job:
        while self._latest is None or self._latest.seq <= seq:
            await self._told.wait()
            if self._error is not None:
                raise self._error
        return self._latest

    async def _read_until_current(self) -> None:
        try:
            while self._is_outdated:
                self._is_outdated = False
                latest = await self._read()
                if self._latest is None or latest.seq > self._latest.seq:
                    self._latest, self._error = latest, None
                    self._tell()
        except WatchsyncError as error:
            self._latest, self._error = None, error
            self._tell()
        finally:
            self._reading = None

    def _tell(self) -> None:
        self._told.set()
        self._told = asyncio.Event()
