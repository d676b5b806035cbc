"""How does work come into the queue, and how is it called off?"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import orjson

from watchsync import keys
from watchsync.errors import (
    BadInput,
    BudgetSpent,
    IdempotencyConflict,
    IllegalMove,
    JobNotFound,
    NotAdmitted,
    QueueFull,
)
from watchsync.job import Job, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.admission import OPEN, Admission
from watchsync.queue.batcher import Batcher
from watchsync.queue.protocol import SubmitAnswer, new_job_fields
from watchsync.queue.record import RecordUnreadable, id_of, job_from
from watchsync.queue.scripts import Scripts

_IDEMPOTENCY_SECONDS = 86_400
_MAX_BATCH = 100
_COUNTED = frozenset({"created", "joined", "replayed", "full", "spent"})
_REFUSALS: Mapping[str, type[NotAdmitted]] = {"full": QueueFull, "spent": BudgetSpent}


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that does the requested work, and whether this request created it."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's own name for a request, with a digest of what was asked; ``scope`` keeps callers apart."""

    scope: str
    key: str
    fingerprint: str

    def digest(self) -> str:
        """What stands in Redis instead of the caller's words."""
        words = f"{self.scope}\n{self.key}"  # a header may hold bytes that are no UTF-8
        return hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class _Request:
    """A job that is submitted, encoded before it travels with others."""

    new: NewJob
    fields: bytes

    @classmethod
    def of(cls, new: NewJob) -> Self:
        """Raises BadInput for what cannot be written as JSON, such as half of a surrogate pair."""
        try:
            return cls(new, orjson.dumps(new_job_fields(new)))
        except TypeError as error:
            raise BadInput(f"This request cannot be stored: {error}.") from error


class Producer:
    """Submits and cancels jobs. Every method raises RedisUnavailable when Redis does not answer."""

    def __init__(self, scripts: Scripts, metrics: Metrics, admission: Admission = OPEN) -> None:
        self._scripts = scripts
        self._admission = admission
        self._metrics = metrics
        self._batched = Batcher(self._submit, _MAX_BATCH)

    async def submit(self, new: NewJob, *, idempotency: IdempotencyKey | None = None) -> Submitted:
        """Submit a job, or join the list's active one. Safe to repeat with the same id.

        Jobs submitted at the same time share one command, a hundred at most. Raises BadInput for what cannot be
        stored, IdempotencyConflict when the key was used for another request, JobNotFound when the key's job is no
        longer kept, QueueFull and BudgetSpent where no new job is admitted for now, and IllegalMove where a job of a
        newer version is active that we cannot read.
        """
        request = _Request.of(new)
        try:
            return await self._once(request, idempotency)
        except _Unreadable as error:
            await self._scripts.quarantine(error.job_id, str(error))
        try:
            return await self._once(request, idempotency)
        except _Unreadable as error:
            raise IllegalMove(
                "A job of this list is active that only a newer version of watchsync can read."
            ) from error

    async def cancel(self, job_id: str) -> Job:
        """Cancel an active job, even a running one; raises JobNotFound, and IllegalMove when it has ended."""
        return await self._scripts.cancel(job_id)

    async def _once(self, request: _Request, idempotency: IdempotencyKey | None) -> Submitted:
        if idempotency is None:
            return await self._batched(request)
        (answer,) = await self._submit([request], idempotency)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _submit(
        self, requests: Sequence[_Request], idempotency: IdempotencyKey | None = None
    ) -> list[Submitted | Exception]:
        answers = await self._scripts.submit(
            [request.fields for request in requests],
            admission=self._admission,
            idempotency_key=keys.idempotency(idempotency.digest()) if idempotency else None,
            fingerprint=hashlib.sha256(idempotency.fingerprint.encode()).hexdigest() if idempotency else "",
            remember_seconds=_IDEMPOTENCY_SECONDS,
        )
        for outcome, number in Counter(answer.outcome for answer in answers).items():
            if outcome in _COUNTED:
                self._metrics.jobs_submitted.labels(outcome=outcome).inc(number)
        return [_submitted(request.new, answer) for request, answer in zip(requests, answers, strict=True)]


class _Unreadable(Exception):
    """The record of the job that does the work cannot be read."""

    def __init__(self, job_id: str, why: str) -> None:
        super().__init__(why)
        self.job_id = job_id


def _submitted(new: NewJob, answer: SubmitAnswer) -> Submitted | Exception:
    if answer.outcome == "conflict":
        return IdempotencyConflict()
    if answer.outcome == "gone":
        return JobNotFound("The job of this idempotency key has ended, and its record is no longer kept.")
    if refusal := _REFUSALS.get(answer.outcome):
        return refusal(retry_after_seconds=float(answer.record))
    try:
        job = job_from(answer.record)
    except RecordUnreadable as error:
        return _Unreadable(id_of(answer.record), str(error))
    return Submitted(job, created=answer.outcome == "created" or job.id == new.id)
