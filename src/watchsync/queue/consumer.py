"""The queue for those who work: hand in what ended and take what comes next, each call atomic and repeatable."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from watchsync import logs
from watchsync.errors import LeaseLost, RedisUnavailable, WatchsyncError
from watchsync.job import Completed, Dead, Delivery, Interrupted, Outcome, Progress, RetryAt, Write
from watchsync.metrics import Metrics
from watchsync.queue.queue import KEEP_SECONDS
from watchsync.queue.record import delivery_from, progress_json, settlement_request
from watchsync.queue.scripts import Scripts
from watchsync.redis_client import Client

_SILENT_CONSUMER_MS = 3_600_000
_RECONCILE_JOBS = 200
_RECONCILE_CALLS = 500
"""A queue of more than 100,000 jobs is looked through in several goes."""

_log = logs.get(__name__)

REFUSED = "refused"
"""The verdict on a settlement whose lease was lost."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one attempt ended, to be written down."""

    delivery: Delivery
    outcome: Outcome

    @property
    def size_bytes(self) -> int:
        """About how large it is in a command."""
        return sum(len(write.value) for write in _writes(self.outcome)) + 1_000


@dataclass(frozen=True, slots=True)
class Handover:
    """What one exchange brought.

    ``verdicts`` are in the order of the settlements: the outcome as it was written down (a last attempt's retry
    becomes ``dead``), ``repeated``, or ``refused``. ``due_seconds`` says when the next delayed job is due (``None``:
    there is none), ``holders`` which consumers hold jobs, ``lease_seconds`` when the first lease may run out.
    """

    verdicts: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    due_seconds: float | None
    lease_seconds: float
    holders: frozenset[str]


class Consumer:
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
        self._reply_lost = False
        self._scripts = Scripts(client, metrics, keep_seconds=keep_seconds, patience_seconds=patience_seconds)

    @property
    def is_reply_lost(self) -> bool:
        """Whether the last exchange was not answered, so that jobs may have been handed over unheard."""
        return self._reply_lost

    async def settle_and_take(
        self, settlements: Sequence[Settlement], want: int, held: Mapping[str, str], *, patience_seconds: float = 0
    ) -> Handover:
        """Write down how attempts ended, with all that follows from it, and take up to ``want`` jobs, in one step.

        ``held`` are the fences, by id, of the jobs that this consumer goes on to work on: none of them counts as lost,
        however late it was renewed. When an answer was lost on the way, the same settlements may be made again, and
        deliveries that never arrived are found by ``held``. A record that cannot be read is left to its lease.
        Raises RedisUnavailable.
        """
        recover, self._reply_lost = self._reply_lost, True
        writes = [write for settlement in settlements for write in _writes(settlement.outcome)]
        due_ms, lease_ms, reclaimed, holders, verdicts, texts = await self._scripts.call(
            "settle_and_take",
            self._told(settlements, want, held, recover=recover),
            *(write.value for write in writes),
            own_keys=[write.key for write in writes],
            patience_seconds=patience_seconds,
        )
        self._reply_lost = False
        handover = Handover(
            tuple(verdict.decode() for verdict in verdicts),
            tuple(_readable(texts)),
            None if due_ms < 0 else due_ms / 1000,
            self.lease_seconds if lease_ms < 0 else lease_ms / 1000,
            frozenset(name.decode() for name in holders),
        )
        self._count(handover, settlements, reclaimed)
        return handover

    async def take(self, count: int, held: Mapping[str, str] | None = None) -> Handover:
        """Only take; raises RedisUnavailable."""
        return await self.settle_and_take((), count, held or {})

    async def settle(self, delivery: Delivery, outcome: Outcome, *, patience_seconds: float = 0) -> str:
        """Only write down how one attempt ended; answer the verdict. Raises LeaseLost and RedisUnavailable."""
        settlement = Settlement(delivery, outcome)
        handover = await self.settle_and_take([settlement], 0, {}, patience_seconds=patience_seconds)
        (verdict,) = handover.verdicts
        if verdict == REFUSED:
            raise LeaseLost
        return verdict

    async def renew(self, deliveries: Iterable[Delivery]) -> frozenset[str]:
        """Renew the leases of all that runs in one command; answer the ids of jobs that we lost.

        Raises RedisUnavailable after a third of a lease, so that there is time for another try.
        """
        pairs = [part for delivery in deliveries for part in (delivery.job.id, delivery.fence)]
        try:
            async with asyncio.timeout(self.lease_seconds / 3):
                lost = await self._scripts.call("renew", self.consumer, *pairs)
        except TimeoutError:
            raise RedisUnavailable("Redis did not answer in time for a renewal.") from None
        return frozenset(job_id.decode() for job_id in lost)

    async def report(self, delivery: Delivery, progress: Progress) -> None:
        """Publish progress and renew the lease on the way; raises LeaseLost."""
        kept = await self._scripts.call(
            "progress", delivery.job.id, delivery.fence, self.consumer, progress_json(progress)
        )
        if not kept:
            raise LeaseLost

    async def reconcile(self, *, pause_seconds: float = 0) -> int:
        """Compare every active job with its entry once, and mend what does not fit; answer how many were reconciled.

        Jobs are looked at some hundred at a time, with a pause in between, so that nobody else waits for long.
        """
        reconciled, is_complete, rounds = 0, False, 0
        while not is_complete and rounds < _RECONCILE_CALLS:
            if rounds:
                await asyncio.sleep(pause_seconds)
            _, found, complete = await self._scripts.call("reconcile", _RECONCILE_JOBS)
            reconciled, is_complete, rounds = reconciled + found, bool(complete), rounds + 1
        self._metrics.jobs_reconciled.inc(reconciled)
        return reconciled

    async def prune_consumers(self) -> None:
        """Take the names of consumers long gone out of the group; never one on which something is pending."""
        await self._scripts.call("deregister", "", _SILENT_CONSUMER_MS, counted="reconcile")

    async def deregister(self) -> None:
        """Take this consumer's own name out of the group as well."""
        await self._scripts.call("deregister", self.consumer, _SILENT_CONSUMER_MS, counted="reconcile")

    def _told(self, settlements: Sequence[Settlement], want: int, held: Mapping[str, str], *, recover: bool) -> bytes:
        """What settle_and_take.lua is told, but for the values that are stored."""
        told = {
            "consumer": self.consumer,
            "want": want,
            "lease_ms": int(self.lease_seconds * 1000),
            "most": self._max_attempts,
            "held": held,
            "recover": recover,
            "settlements": [settlement_request(settlement.delivery, settlement.outcome) for settlement in settlements],
        }
        return orjson.dumps(told)

    def _count(self, handover: Handover, settlements: Sequence[Settlement], reclaimed: int) -> None:
        if reclaimed:
            self._metrics.leases_reclaimed.inc(reclaimed)
        ends = Counter({"lost": reclaimed})
        for settlement, verdict in zip(settlements, handover.verdicts, strict=True):
            ends[_name(settlement.outcome) if verdict == "repeated" else verdict] += 1
        self._metrics.settle_refused.inc(ends.pop(REFUSED, 0))
        for outcome, number in ends.items():
            self._metrics.attempts.labels(outcome=outcome).inc(number)
        for delivery in handover.deliveries:
            job = delivery.job
            if job.attempts == 1 and job.started_at:
                self._metrics.job_wait_seconds.observe((job.started_at - job.created_at).total_seconds())


def _readable(texts: Iterable[bytes]) -> Iterator[Delivery]:
    """The deliveries but for those that are not in words that we know, such as those of a later version."""
    for text in texts:
        try:
            yield delivery_from(text)
        except (LookupError, TypeError, ValueError, WatchsyncError) as error:
            _log.error("delivery.rejected", record=text[:500].decode(errors="replace"), why=repr(error))


def _name(outcome: Outcome) -> str:
    match outcome:
        case Completed():
            return "completed"
        case RetryAt():
            return "retry"
        case Dead():
            return "dead"
        case Interrupted():
            return "interrupted"


def _writes(outcome: Outcome) -> Sequence[Write]:
    return outcome.writes if isinstance(outcome, Completed) else ()
