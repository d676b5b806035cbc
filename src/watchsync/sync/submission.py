"""How is a sync asked for? Facts are gathered, the rule decides, and only then is anything charged or queued."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cachetools import LRUCache

from watchsync.catalog.freshness import Freshness, freshness, lacks_only_facts, lifetime
from watchsync.job import Job, Lane, NewJob
from watchsync.queue.producer import IdempotencyKey
from watchsync.queue.queue import Queue
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot
from watchsync.sync.due import Asker, Situation, asks_for_latest, lane_due

_MOST_LISTS: Final = 20_000
Admit = Callable[[], Awaitable[None]]
"""Charges the caller's limits; raises where they are used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """Who asks for which list, and how."""

    ref: ListRef
    asker: Asker
    force: bool = False
    """Sync in any case, and read the list even if nothing seems to have changed."""
    callback_url: str | None = None
    budget_key: str | None = None
    """Whom the budget of new lists is charged to: an anonymous address; ``None`` for tokens, and for this machine."""
    correlation_id: str | None = None
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of a request: whether a sync was due, and its job, else the list's latest one where that matters."""

    is_due: bool
    job: Job | None


class Submitter:
    """Submits the syncs that are due, for every asker by the same rule."""

    def __init__(
        self, queue: Queue, *, now: Callable[[], datetime], new_id: Callable[[], str], max_age: timedelta
    ) -> None:
        self._queue = queue
        self._now = now
        self._new_id = new_id
        self._max_age = max_age
        self._refreshed: LRUCache[ListRef, datetime] = LRUCache(_MOST_LISTS)

    def freshness(self, snapshot: Snapshot | None) -> Freshness:
        """Whether a snapshot may be served as it is."""
        if snapshot is None:
            return Freshness.ABSENT
        return freshness(snapshot.fetched_at, self._now(), lifetime(snapshot, self._max_age))

    async def submit(
        self, request: SyncRequest, snapshot: Snapshot | None, *, admit: Admit | None = None
    ) -> Submission:
        """Submit a sync if one is due; ``snapshot`` is the list's stored one.

        ``admit`` is called only when a job would be made. Raises what it raises, RedisUnavailable, and for an
        idempotency key IdempotencyConflict and JobNotFound; NotAdmitted where the queue takes no more for now.
        """
        state = self.freshness(snapshot)
        latest = None
        if asks_for_latest(request.asker, state, force=request.force):
            found = await self._queue.lookup.find(ref=request.ref, limit=1)
            latest = found.jobs[0] if found.jobs else None
        situation = Situation(
            freshness=state,
            latest=latest,
            refreshed_at=self._refreshed.get(request.ref),
            lacks_only_facts=snapshot is not None and lacks_only_facts(snapshot, self._now(), self._max_age),
        )
        lane = lane_due(request.asker, situation, self._now(), force=request.force)
        if lane is None:
            return Submission(is_due=False, job=latest)
        if admit is not None:
            await admit()
        is_new = state is Freshness.ABSENT
        return Submission(is_due=True, job=await self._submit(request, lane, request.budget_key if is_new else None))

    async def _submit(self, request: SyncRequest, lane: Lane, budget_key: str | None) -> Job:
        new = NewJob(
            id=self._new_id(),
            ref=request.ref,
            lane=lane,
            force=request.force,
            callback_url=request.callback_url,
            correlation_id=request.correlation_id,
            budget_key=budget_key,
        )
        if lane is Lane.SCHEDULED:
            self._refreshed[request.ref] = self._now()
        try:
            return (await self._queue.producer.submit(new, idempotency=request.idempotency)).job
        except BaseException:
            self._refreshed.pop(request.ref, None)  # nobody refreshes it yet, so the next look may ask again
            raise
