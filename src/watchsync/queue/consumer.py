"""How does a worker talk to the queue? It hands in what ended and takes what comes next, atomically and repeatably."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from watchsync import logs
from watchsync.errors import LeaseLost, RedisUnavailable
from watchsync.job import Completed, Delivery, Outcome, Progress, Write
from watchsync.metrics import Metrics
from watchsync.queue.protocol import ExchangeRequest, outcome_name, settlement_fields
from watchsync.queue.record import RecordUnreadable, delivery_from, id_of
from watchsync.queue.retention import RETENTION, Retention
from watchsync.queue.scripts import Scripts
from watchsync.redis_client import Client

_SILENT_CONSUMER_MS = 3_600_000
_PATIENCE_SECONDS = 5.0
_RECONCILE_JOBS = 200
_RECONCILE_CALLS = 500
"""A queue of more than 100,000 jobs is reconciled in several rounds."""
_SETTLEMENT_BYTES = 1_000
"""About what a settlement takes besides its values."""

_log = logs.get(__name__)

REFUSED = "refused"
"""The verdict on a settlement whose lease was lost."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one attempt ended, to be recorded."""

    delivery: Delivery
    outcome: Outcome

    @property
    def writes(self) -> Sequence[Write]:
        """What a completed attempt stores."""
        return self.outcome.writes if isinstance(self.outcome, Completed) else ()

    @property
    def size_bytes(self) -> int:
        """About how much it adds to a command."""
        return sum(len(write.value) for write in self.writes) + _SETTLEMENT_BYTES


@dataclass(frozen=True, slots=True)
class Handover:
    """What one exchange brought."""

    verdicts: tuple[str, ...]
    """In the order of the settlements: the outcome as recorded (a last attempt's retry becomes ``dead``),
    ``repeated`` or ``refused``."""
    deliveries: tuple[Delivery, ...]
    due_seconds: float | None
    """Until the next delayed job is due; ``None`` when there is none."""
    lease_seconds: float
    """Until the first lease may run out."""
    holders: frozenset[str]
    """Consumers that hold jobs."""


class Consumer:
    """The worker's side of the queue. ``consumer`` must be new for every process, since it is a part of each fence."""

    def __init__(
        self,
        client: Client,
        metrics: Metrics,
        *,
        consumer: str,
        lease_seconds: float,
        max_attempts: int,
        retention: Retention = RETENTION,
    ) -> None:
        self.consumer = consumer
        self.lease_seconds = lease_seconds
        self._max_attempts = max_attempts
        self._metrics = metrics
        self._reply_lost = False
        self._scripts = Scripts(client, metrics, retention=retention, patience_seconds=_PATIENCE_SECONDS)

    @property
    def is_reply_lost(self) -> bool:
        """Whether the last exchange was not answered, so that jobs may have been handed over without our knowing."""
        return self._reply_lost

    async def settle_and_take(
        self, settlements: Sequence[Settlement], want: int, held: Mapping[str, str], *, patience_seconds: float = 0
    ) -> Handover:
        """Record how attempts ended and take up to ``want`` jobs, in one atomic step. Raises RedisUnavailable.

        ``held`` maps the ids of the jobs that this consumer goes on to hold to their fences. These are never reclaimed
        from it. After a lost answer the next call may repeat the settlements, and brings the deliveries that
        never arrived. A record that cannot be read is moved aside.
        """
        recover, self._reply_lost = self._reply_lost, True
        request = ExchangeRequest(
            consumer=self.consumer,
            want=want,
            lease_ms=int(self.lease_seconds * 1000),
            most=self._max_attempts,
            held=held,
            recover=recover,
            settlements=[settlement_fields(each.delivery, each.outcome) for each in settlements],
        )
        writes = [write for each in settlements for write in each.writes]
        answer = await self._scripts.settle_and_take(request, writes, patience_seconds=patience_seconds)
        self._reply_lost = False
        for job_id in answer.quarantined:
            _log.error("record.quarantined", job=job_id)
        handover = Handover(
            answer.verdicts,
            tuple([delivery async for delivery in self._readable(answer.records)]),
            None if answer.due_ms < 0 else answer.due_ms / 1000,
            self.lease_seconds if answer.lease_ms < 0 else answer.lease_ms / 1000,
            answer.holders,
        )
        self._count(handover, settlements, answer.reclaimed)
        return handover

    async def renew(self, deliveries: Iterable[Delivery]) -> frozenset[str]:
        """Renew the leases of these deliveries in one command; return the ids of the jobs that were lost.

        Raises RedisUnavailable after a third of a lease, which leaves time for another try.
        """
        try:
            async with asyncio.timeout(self.lease_seconds / 3):
                return await self._scripts.renew(self.consumer, deliveries)
        except TimeoutError:
            raise RedisUnavailable("Redis did not answer in time for a renewal.") from None

    async def report(self, delivery: Delivery, progress: Progress) -> None:
        """Publish progress and renew the lease; raises LeaseLost and RedisUnavailable."""
        if not await self._scripts.progress(self.consumer, delivery, progress):
            raise LeaseLost

    async def reconcile(self, *, pause_seconds: float = 0) -> int:
        """Compare every active job with its stream entry and repair what does not fit; return how many were repaired.

        Each call looks at a few hundred jobs, with a pause between two calls, so that it never holds others up.
        """
        reconciled = 0
        for call in range(_RECONCILE_CALLS):
            if call:
                await asyncio.sleep(pause_seconds)
            part = await self._scripts.reconcile(_RECONCILE_JOBS)
            reconciled += part.reconciled
            if part.is_complete:
                break
        self._metrics.jobs_reconciled.inc(reconciled)
        return reconciled

    async def prune_consumers(self) -> None:
        """Remove consumers that have long been silent from the group, unless they hold jobs."""
        await self._scripts.deregister("", _SILENT_CONSUMER_MS)

    async def deregister(self) -> None:
        """Remove this consumer, and those that have long been silent, from the group, unless they hold jobs."""
        await self._scripts.deregister(self.consumer, _SILENT_CONSUMER_MS)

    async def _readable(self, records: Iterable[bytes]) -> AsyncIterator[Delivery]:
        """The deliveries; records that we cannot read are moved aside."""
        for text in records:
            try:
                yield delivery_from(text)
            except RecordUnreadable as error:
                with suppress(RedisUnavailable):  # then it is met again when its lease has run out
                    await self._scripts.quarantine(id_of(text), str(error))

    def _count(self, handover: Handover, settlements: Sequence[Settlement], reclaimed: int) -> None:
        if reclaimed:
            self._metrics.leases_reclaimed.inc(reclaimed)
        ends = Counter({"lost": reclaimed})
        for settlement, verdict in zip(settlements, handover.verdicts, strict=True):
            ends[outcome_name(settlement.outcome) if verdict == "repeated" else verdict] += 1
        self._metrics.settle_refused.inc(ends.pop(REFUSED, 0))
        for outcome, number in ends.items():
            self._metrics.attempts.labels(outcome=outcome).inc(number)
        for delivery in handover.deliveries:
            job = delivery.job
            if delivery.is_first and job.started_at:
                self._metrics.job_wait_seconds.observe((job.started_at - job.created_at).total_seconds())
