"""The queue as the rest of the house sees it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from watchsync.job import Job, NewJob, State
from watchsync.metrics import Metrics
from watchsync.redis_client import Client
from watchsync.refs import ListRef


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission: the job that will do it, and whether it is a new one."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's own name for a request (``scope`` keeps callers apart) and a digest of what it asked for."""

    scope: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, newest first, and where the next page begins (``None`` at the end)."""

    jobs: tuple[Job, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Depth:
    """How many jobs are in each unfinished state, and how long the oldest waiting one has waited."""

    waiting: int
    delayed: int
    running: int
    dead: int
    oldest_waiting_seconds: float


class Queue:
    """The side of the queue that asks: submit, look, cancel, watch, mend dead letters.

    Every method raises RedisAway when Redis does not answer.
    """

    def __init__(self, client: Client, metrics: Metrics, *, max_attempts: int) -> None:
        self._client = client
        self._metrics = metrics

    async def submit(self, new: NewJob, *, idempotency: IdempotencyKey | None = None) -> Submitted:
        """Take in a job, or join the active one of the same list. Safe to repeat with the same id."""
        raise NotImplementedError

    async def get(self, job_id: str) -> Job:
        """The job's record; raises JobNotFound."""
        raise NotImplementedError

    async def find(
        self,
        *,
        ref: ListRef | None = None,
        states: frozenset[State] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """Jobs, newest first; raises BadInput for a cursor that is not ours."""
        raise NotImplementedError

    async def cancel(self, job_id: str) -> Job:
        """Cancel an active job, also while it runs; raises JobNotFound, IllegalMove when it is finished."""
        raise NotImplementedError

    async def requeue(self, job_id: str) -> Job:
        """Send a dead job round again with fresh attempts; raises JobNotFound, IllegalMove."""
        raise NotImplementedError

    async def purge_dead(self) -> int:
        """Drop every dead letter; answer how many."""
        raise NotImplementedError

    async def depth(self) -> Depth:
        """How much there is to do."""
        raise NotImplementedError

    def watch(self, job_id: str) -> AbstractAsyncContextManager[AsyncIterator[Job]]:
        """Follow a job: the iterator gives it as it is now, then after each change, and ends once it is finished.

        Entering raises JobNotFound. Changes made by any process are seen.
        """
        raise NotImplementedError
