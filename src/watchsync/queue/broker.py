"""The queue for those who work: take, renew, report and settle, each one atomic and repeatable script."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from watchsync.errors import LeaseLost
from watchsync.job import Completed, Dead, Delivery, Interrupted, JobError, Outcome, Progress, RetryAt
from watchsync.metrics import Metrics
from watchsync.queue.queue import KEEP_SECONDS
from watchsync.queue.record import error_text, fence_of, job_from, progress_text
from watchsync.queue.scripts import Scripts
from watchsync.redis_client import Client

_SILENT_CONSUMER_MS = 3_600_000
_MEND_JOBS = 200
_MEND_CALLS = 20
"""A longer queue is looked through in several goes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one look into the queue brought, and in how many seconds to look again (``None``: on a wake)."""

    deliveries: tuple[Delivery, ...]
    look_again_seconds: float | None


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt was written down, and whether more work waits."""

    outcome: str
    more: bool


class Broker:
    """The side of the queue that works, for one consumer.

    ``consumer`` must be new for every process: it is a part of each fence.
    """

    def __init__(
        self,
        client: Client,
        metrics: Metrics,
        *,
        consumer: str,
        lease_seconds: float,
        max_attempts: int,
        patience_seconds: float = 5.0,
        keep_seconds: int = KEEP_SECONDS,
    ) -> None:
        self.consumer = consumer
        self.lease_seconds = lease_seconds
        self._max_attempts = max_attempts
        self._metrics = metrics
        self._answer_lost = False
        self._scripts = Scripts(client, metrics, keep_seconds=keep_seconds, patience_seconds=patience_seconds)

    async def take(self, count: int, held: Iterable[str] = ()) -> Taken:
        """Take up to ``count`` jobs. ``held`` are the ids that this consumer still works on.

        When an answer was lost on the way, the next call finds those deliveries again by ``held``.
        Raises RedisAway.
        """
        recover, self._answer_lost = self._answer_lost, True
        look_ms, reclaimed, *texts = await self._scripts.call(
            "take",
            self.consumer,
            count,
            int(self.lease_seconds * 1000),
            self._max_attempts,
            "1" if recover else "",
            *(held if recover else ()),
            patience_seconds=0,
        )
        self._answer_lost = False
        if reclaimed:
            self._metrics.leases_reclaimed.inc(reclaimed)
            self._metrics.attempts.labels(outcome="lost").inc(reclaimed)
        deliveries = tuple(Delivery(job_from(text), fence_of(text)) for text in texts)
        for delivery in deliveries:
            self._note_wait(delivery)
        return Taken(deliveries, None if look_ms < 0 else look_ms / 1000)

    async def renew(self, deliveries: Iterable[Delivery]) -> frozenset[str]:
        """Renew the leases of all that runs in one command; answer the ids of jobs that we lost."""
        pairs = [part for delivery in deliveries for part in (delivery.job.id, delivery.fence)]
        lost = await self._scripts.call("renew", self.consumer, *pairs)
        return frozenset(job_id.decode() for job_id in lost)

    async def report(self, delivery: Delivery, progress: Progress) -> None:
        """Publish progress and renew the lease on the way; raises LeaseLost."""
        kept = await self._scripts.call(
            "progress", delivery.job.id, delivery.fence, self.consumer, progress_text(progress)
        )
        if not kept:
            raise LeaseLost

    async def settle(self, delivery: Delivery, outcome: Outcome, *, patience_seconds: float) -> Settled:
        """Write down how the attempt ended, with all that follows from it, in one step; raises LeaseLost."""
        name, error, delay_seconds = _told(outcome)
        writes = outcome.writes if isinstance(outcome, Completed) else ()
        summary = outcome.summary if isinstance(outcome, Completed) else None
        verdict, more = await self._scripts.call(
            "settle",
            delivery.job.id,
            delivery.fence,
            name,
            error_text(error),
            int(delay_seconds * 1000),
            self._max_attempts,
            orjson.dumps(summary) if summary else b"",
            *(part for write in writes for part in (write.value, write.ttl_seconds)),
            own_keys=[write.key for write in writes],
            patience_seconds=patience_seconds,
        )
        if verdict == b"refused":
            self._metrics.settle_refused.inc()
            raise LeaseLost
        written = name if verdict == b"repeated" else verdict.decode()
        self._metrics.attempts.labels(outcome=written).inc()
        return Settled(written, bool(more) or verdict == b"repeated")

    async def mend(self) -> int:
        """Compare every active job with its entry once, and mend what does not fit; answer how many were mended."""
        mended, is_complete, rounds = 0, False, 0
        while not is_complete and rounds < _MEND_CALLS:
            _, found, complete = await self._scripts.call("mend", _MEND_JOBS)
            mended, is_complete, rounds = mended + found, bool(complete), rounds + 1
        self._metrics.jobs_mended.inc(mended)
        return mended

    async def leave(self) -> None:
        """Take this consumer's name, and those of consumers long gone, out of the group."""
        await self._scripts.call("leave", self.consumer, _SILENT_CONSUMER_MS, counted="mend")

    def _note_wait(self, delivery: Delivery) -> None:
        job = delivery.job
        if job.attempts == 1 and job.started_at:
            self._metrics.job_wait_seconds.observe((job.started_at - job.created_at).total_seconds())


def _told(outcome: Outcome) -> tuple[str, JobError | None, float]:
    match outcome:
        case Completed():
            return "completed", None, 0.0
        case RetryAt(delay_seconds, error):
            return "retry", error, delay_seconds
        case Dead(error):
            return "dead", error, 0.0
        case Interrupted():
            return "interrupted", None, 0.0
