"""What answers a request for a sync: the fresh snapshot that is there, or a job?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchsync.catalog.freshness import Freshness, freshness, lifetime
from watchsync.catalog.store import SnapshotStore
from watchsync.job import Job, NewJob
from watchsync.queue.producer import IdempotencyKey
from watchsync.queue.queue import Queue
from watchsync.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job (the list's latest one if nothing had to be done), and the snapshot if a fresh one is there."""

    job: Job | None
    snapshot: Snapshot | None = None


class Submission:
    """Decides whether a request needs a job, and submits it."""

    def __init__(self, queue: Queue, snapshots: SnapshotStore, now: Callable[[], datetime], max_age: timedelta) -> None:
        self._queue = queue
        self._snapshots = snapshots
        self._now = now
        self._max_age = max_age

    async def start(self, new: NewJob, idempotency: IdempotencyKey | None = None) -> Submitted:
        """Answer from the snapshot if it is fresh and nothing forces a read, else submit; raises RedisUnavailable."""
        snapshot = None if new.force else await self._snapshots.load(new.ref)
        if snapshot is None or not self._is_fresh(snapshot):
            return Submitted((await self._queue.producer.submit(new, idempotency=idempotency)).job)
        latest = await self._queue.lookup.find(ref=new.ref, limit=1)
        return Submitted(latest.jobs[0] if latest.jobs else None, snapshot)

    def _is_fresh(self, snapshot: Snapshot) -> bool:
        return freshness(snapshot.fetched_at, self._now(), lifetime(snapshot, self._max_age)) is Freshness.FRESH
