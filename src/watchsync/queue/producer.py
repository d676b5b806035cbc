"""How does work come into the queue, and how is it called off?"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from watchsync import keys
from watchsync.errors import BadInput, IdempotencyConflict, JobNotFound
from watchsync.job import Job, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.batcher import Batcher
from watchsync.queue.protocol import SubmitAnswer, new_job_fields
from watchsync.queue.record import job_from
from watchsync.queue.scripts import Scripts

_IDEMPOTENCY_SECONDS = 86_400
_MAX_BATCH = 100


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


class Producer:
    """Submits and cancels jobs. Every method raises RedisUnavailable when Redis does not answer."""

    def __init__(self, scripts: Scripts, metrics: Metrics) -> None:
        self._scripts = scripts
        self._metrics = metrics
        self._batched = Batcher(self._submit, _MAX_BATCH)

    async def submit(self, new: NewJob, *, idempotency: IdempotencyKey | None = None) -> Submitted:
        """Submit a job, or join the list's active one. Safe to repeat with the same id.

        Jobs submitted at the same time share one command. Raises IdempotencyConflict when the key was used for another
        request, JobNotFound when the key's job is no longer kept, and BadInput for text that no record can hold.
        """
        _check_encodable(new)
        if idempotency is None:
            return await self._batched(new)
        (submitted,) = await self._submit([new], idempotency)
        return submitted

    async def submit_many(self, news: Sequence[NewJob]) -> list[Submitted]:
        """Submit many jobs, a hundred with each command; the answers are in the order of the jobs."""
        submitted: list[Submitted] = []
        for start in range(0, len(news), _MAX_BATCH):
            submitted += await self._submit(news[start : start + _MAX_BATCH])
        return submitted

    async def cancel(self, job_id: str) -> Job:
        """Cancel an active job, even a running one; raises JobNotFound, and IllegalMove when it has ended."""
        return await self._scripts.cancel(job_id)

    async def _submit(self, news: Sequence[NewJob], idempotency: IdempotencyKey | None = None) -> list[Submitted]:
        answers = await self._scripts.submit(
            news,
            idempotency_key=keys.idempotency(idempotency.digest()) if idempotency else None,
            fingerprint=hashlib.sha256(idempotency.fingerprint.encode()).hexdigest() if idempotency else "",
            remember_seconds=_IDEMPOTENCY_SECONDS,
        )
        outcomes = Counter(answer.outcome for answer in answers)
        if "conflict" in outcomes:
            raise IdempotencyConflict
        if "gone" in outcomes:
            raise JobNotFound("The job of this idempotency key has ended, and its record is no longer kept.")
        for outcome, number in outcomes.items():
            self._metrics.jobs_submitted.labels(outcome=outcome).inc(number)
        return [_submitted(new, answer) for new, answer in zip(news, answers, strict=True)]


def _check_encodable(new: NewJob) -> None:
    """Fail before the job joins others: one that cannot be encoded would fail all that travel with it."""
    try:
        orjson.dumps(new_job_fields(new))
    except orjson.JSONEncodeError as error:
        raise BadInput(f"The job cannot be written down: {error}") from error


def _submitted(new: NewJob, answer: SubmitAnswer) -> Submitted:
    job = job_from(answer.record)
    return Submitted(job, created=answer.outcome == "created" or job.id == new.id)
