"""When does somebody looking at a catalog cause a sync?"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from watchsync.errors import RedisUnavailable
from watchsync.job import ACTIVE, Job, JobState, Lane, NewJob
from watchsync.queue.queue import Queue
from watchsync.refs import ListRef

_REFRESH_PAUSE: Final = timedelta(minutes=15)
"""A list that stays stale, because its syncs fail, is not asked for at every look."""
_AGAIN_AFTER: Final = timedelta(minutes=10)
"""A list that could not be read is tried again when somebody looks after this time."""
_JUST_NOW: Final = timedelta(minutes=1)
_MOST_LISTS: Final = 20_000


class Refresher:
    """Asks the queue for the syncs that viewers need, and no more than that."""

    def __init__(self, queue: Queue, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._queue = queue
        self._now = now
        self._new_id = new_id
        self._asked: OrderedDict[ListRef, datetime] = OrderedDict()

    async def refresh_behind(self, ref: ListRef, correlation_id: str | None) -> None:
        """Queue a refresh of a stale list, once in a while; without Redis the next look does it."""
        now = self._now()
        asked = self._asked.get(ref)
        if asked is not None and now - asked < _REFRESH_PAUSE:
            return
        self._asked[ref] = now
        self._asked.move_to_end(ref)
        if len(self._asked) > _MOST_LISTS:
            self._asked.popitem(last=False)
        try:
            await self._submit(ref, Lane.SCHEDULED, correlation_id)
        except RedisUnavailable:
            self._asked.pop(ref, None)

    async def first_sync(self, ref: ListRef, correlation_id: str | None) -> Job:
        """The job that brings, or could not bring, a list's first snapshot. Raises RedisUnavailable."""
        latest = await self._queue.lookup.find(ref=ref, limit=1)
        job = latest.jobs[0] if latest.jobs else None
        if job is not None and not needs_another(job, self._now()):
            return job
        return await self._submit(ref, Lane.INTERACTIVE, correlation_id)

    async def _submit(self, ref: ListRef, lane: Lane, correlation_id: str | None) -> Job:
        new = NewJob(id=self._new_id(), ref=ref, lane=lane, correlation_id=correlation_id)
        return (await self._queue.producer.submit(new)).job


def needs_another(job: Job, now: datetime) -> bool:
    """Whether the list's latest job, with no snapshot there, calls for a new one."""
    if job.state in ACTIVE:
        return False
    ended = now - (job.finished_at or job.created_at)
    # A job that completed just now stored its snapshot after we looked for it.
    return ended >= (_AGAIN_AFTER if job.state is JobState.DEAD else _JUST_NOW)
