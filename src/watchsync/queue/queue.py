"""The queue for those who ask: submit, look, follow, cancel, and mend dead letters."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Self

from watchsync import keys
from watchsync.availability import RedisAvailability
from watchsync.errors import BadInput, IdempotencyConflict, IllegalMove, JobNotFound
from watchsync.job import FINISHED, Job, JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.batcher import Batcher
from watchsync.queue.listener import Listener
from watchsync.queue.record import job_from, submissions_json
from watchsync.queue.scripts import Scripts, with_retries
from watchsync.redis_client import Client
from watchsync.refs import ListRef

KEEP_SECONDS = 7 * 86_400
"""How long a finished job's record is kept."""
_IDEMPOTENCY_SECONDS = 86_400
_SUBMIT_AT_ONCE = 100
_PATIENCE_SECONDS = 2.0
_SCAN = 100
_AFTER_EVERY_ID = "~"
_SCANS = 10
_EVERY_DEAD_LETTER = 1000


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

    def digest(self) -> str:
        """What stands in Redis instead of the caller's words."""
        return hashlib.sha256(f"{self.scope}\n{self.key}".encode()).hexdigest()


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
    """The side of the queue that asks. Every method raises RedisUnavailable when Redis does not answer.

    Open it with ``async with`` where ``watch`` is used.
    """

    def __init__(self, client: Client, metrics: Metrics, *, keep_seconds: int = KEEP_SECONDS) -> None:
        self._client = client
        self._metrics = metrics
        self._listener = Listener(client)
        self._scripts = Scripts(client, metrics, keep_seconds=keep_seconds, patience_seconds=_PATIENCE_SECONDS)
        self._batched = Batcher(self._submit, _SUBMIT_AT_ONCE)

    async def __aenter__(self) -> Self:
        await self._listener.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._listener.__aexit__(kind, error, trace)

    @property
    def availability(self) -> RedisAvailability:
        """Whether Redis is there, as this process's commands show it."""
        return self._client.availability

    @asynccontextmanager
    async def on_wake(self, callback: Callable[[], None]) -> AsyncIterator[None]:
        """Call ``callback`` when there is more to do, and when we may have missed that there is."""
        async with self._listener.subscribe(keys.WAKE, lambda _: callback()):
            yield

    async def submit(self, new: NewJob, *, idempotency: IdempotencyKey | None = None) -> Submitted:
        """Take in a job, or join the active one of the same list. Safe to repeat with the same id.

        Jobs that are submitted at the same time travel together in one command.
        Raises IdempotencyConflict when the key was used with another request, and JobNotFound when the job that it
        stands for is no longer kept.
        """
        if idempotency is None:
            return await self._batched(new)
        (submitted,) = await self._submit([new], idempotency)
        return submitted

    async def submit_many(self, news: Sequence[NewJob]) -> list[Submitted]:
        """Take in many jobs, a hundred with each command; the answers are in the order of the jobs."""
        submitted: list[Submitted] = []
        for start in range(0, len(news), _SUBMIT_AT_ONCE):
            submitted += await self._submit(news[start : start + _SUBMIT_AT_ONCE])
        return submitted

    async def _submit(self, news: Sequence[NewJob], idempotency: IdempotencyKey | None = None) -> list[Submitted]:
        answer = await self._scripts.call(
            "submit",
            hashlib.sha256(idempotency.fingerprint.encode()).hexdigest() if idempotency else "",
            _IDEMPOTENCY_SECONDS,
            submissions_json(news),
            own_keys=[keys.idempotency(idempotency.digest())] if idempotency else (),
        )
        outcomes = [outcome.decode() for outcome in answer[::2]]
        if "conflict" in outcomes:
            raise IdempotencyConflict
        if "gone" in outcomes:
            raise JobNotFound("The job of this idempotency key has ended, and its record is no longer kept.")
        for outcome, number in Counter(outcomes).items():
            self._metrics.jobs_submitted.labels(outcome=outcome).inc(number)
        return [_submitted(new, outcome, text) for new, outcome, text in zip(news, outcomes, answer[1::2], strict=True)]

    async def get(self, job_id: str) -> Job:
        """The job's record; raises JobNotFound."""
        found = await self._records([job_id])
        if not found:
            raise JobNotFound
        return found[0]

    async def find(
        self,
        *,
        ref: ListRef | None = None,
        states: frozenset[JobState] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """Jobs, newest first, by ids that sort by time; raises BadInput for a cursor that is not ours."""
        if cursor is not None and not (cursor.isalnum() and cursor.isascii() and len(cursor) <= 40):
            raise BadInput(f"'{cursor}' is not a cursor; use the one that the page before gave.")
        found: list[Job] = []
        for _ in range(_SCANS):
            ids = await self._ids(ref, cursor, max(limit, _SCAN) if states else limit)
            for job in await self._records(ids):
                cursor = job.id
                if states is None or job.state in states:
                    found.append(job)
                if len(found) == limit:
                    return JobPage(tuple(found), cursor)
            if len(ids) < limit:
                return JobPage(tuple(found), None)
            cursor = ids[-1]
        return JobPage(tuple(found), cursor)

    async def cancel(self, job_id: str) -> Job:
        """Cancel an active job, also while it runs; raises JobNotFound, IllegalMove when it is finished."""
        verdict, text = await self._scripts.call("cancel", job_id)
        return _moved(verdict, text, "cancelled", self._metrics)

    async def requeue(self, job_id: str) -> Job:
        """Send a dead job round again with fresh attempts; raises JobNotFound, IllegalMove."""
        verdict, text = await self._scripts.call("requeue", job_id)
        job = _moved(verdict, text, "requeued", self._metrics)
        self._metrics.jobs_requeued.inc()
        return job

    async def dead(self, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        """Dead letters, the latest first. There are a thousand at most, so all their ids are one small answer."""
        below = _dead_place(cursor)
        found = await self._read(
            lambda: self._client.zrange(keys.DEAD, 0, -1, desc=True, withscores=True, score_cast_func=float)
        )
        places = [(int(died_ms), name.decode()) for name, died_ms in found]
        rest = [place for place in places if below is None or place < below]
        chosen = rest[:limit]
        jobs = await self._records([job_id for _, job_id in chosen])
        return JobPage(tuple(jobs), f"{chosen[-1][0]}-{chosen[-1][1]}" if len(rest) > limit else None)

    async def requeue_dead(self) -> tuple[list[str], list[str]]:
        """Send every dead letter round again; answer the ids of those that go, and of those whose list is busy."""
        requeued: list[str] = []
        left: list[str] = []
        for job in (await self.dead(limit=_EVERY_DEAD_LETTER)).jobs:
            try:
                await self.requeue(job.id)
                requeued.append(job.id)
            except (IllegalMove, JobNotFound):
                left.append(job.id)
        return requeued, left

    async def purge_dead(self) -> int:
        """Drop every dead letter; answer how many."""
        dropped = int(await self._scripts.call("purge", counted="requeue"))
        self._metrics.queue_jobs.labels(state="dead").set(0)
        return dropped

    async def depth(self) -> Depth:
        """How much there is to do; the gauges are set on the way."""
        waiting, delayed, running, dead, oldest = await self._scripts.call("depth", counted="read")
        depth = Depth(waiting, delayed, running, dead, oldest / 1000)
        for state in ("waiting", "delayed", "running", "dead"):
            self._metrics.queue_jobs.labels(state=state).set(getattr(depth, state))
        seen = monotonic() - depth.oldest_waiting_seconds
        self._metrics.oldest_waiting_seconds.set_function(lambda: monotonic() - seen if waiting else 0.0)
        return depth

    @asynccontextmanager
    async def watch(self, job_id: str) -> AsyncIterator[AsyncIterator[Job]]:
        """Follow a job: as it is now, then after each change, until it is finished.

        Entering raises JobNotFound. Changes made by any process are seen; several quick ones may show as one.
        """
        changed = asyncio.Event()
        async with self._listener.subscribe(keys.events(job_id), lambda _: changed.set()):
            first = await self.get(job_id)
            yield self._changes(first, changed)

    async def _changes(self, job: Job, changed: asyncio.Event) -> AsyncIterator[Job]:
        yield job
        while job.state not in FINISHED:
            await changed.wait()
            changed.clear()
            latest = await self.get(job.id)
            if latest.seq > job.seq:
                job = latest
                yield job

    async def _ids(self, ref: ListRef | None, cursor: str | None, count: int) -> list[str]:
        """Ids below ``cursor``, newest first: of all jobs, or of one list's, where the list stands before each id."""
        index, prefix = (keys.BY_LIST, f"{ref} ") if ref else (keys.CREATED, "")
        below = f"({prefix}{cursor or _AFTER_EVERY_ID}"
        names = await self._read(
            lambda: self._client.zrange(index, below, f"[{prefix}", desc=True, bylex=True, offset=0, num=count)
        )
        return [name.decode().removeprefix(prefix) for name in names]

    async def _records(self, ids: list[str]) -> list[Job]:
        if not ids:
            return []
        texts = await self._read(lambda: self._client.hmget(keys.JOBS, ids))
        return [job_from(text) for text in texts if text]

    async def _read(self, call: object) -> list[Any]:
        self._metrics.redis_commands.labels(call="read").inc()
        found: list[Any] = await with_retries(call, self._metrics, _PATIENCE_SECONDS)  # type: ignore[arg-type]
        return found


def _dead_place(cursor: str | None) -> tuple[int, str] | None:
    """When the last letter of the page before died, and its id."""
    if cursor is None:
        return None
    died_ms, _, job_id = cursor.partition("-")
    if not (died_ms.isascii() and died_ms.isdecimal() and job_id):
        raise BadInput(f"'{cursor}' is not a cursor; use the one that the page before gave.")
    return int(died_ms), job_id


def _submitted(new: NewJob, outcome: str, text: bytes) -> Submitted:
    job = job_from(text)
    return Submitted(job, created=outcome == "created" or job.id == new.id)


def _moved(verdict: bytes, text: bytes, wanted: str, metrics: Metrics) -> Job:
    if verdict == b"missing":
        raise JobNotFound
    job = job_from(text)
    if verdict.decode() != wanted:
        metrics.illegal_moves.inc()
    if verdict == b"busy":
        raise IllegalMove("Another job of this list is active; it will do the same work.")
    if verdict.decode() != wanted:
        raise IllegalMove(f"The job is {job.state}; it cannot be {wanted}.")
    return job
