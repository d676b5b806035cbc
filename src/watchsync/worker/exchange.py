"""What does a worker say to the queue? How its attempts ended, and how many jobs it can take."""

from collections.abc import Callable, Sequence

from watchsync import logs
from watchsync.errors import OutcomeUnrecordable, RedisRefused, RedisUnavailable
from watchsync.job import Delivery, JobError, RetryAt
from watchsync.queue.consumer import REFUSED, Consumer, Handover, Settlement
from watchsync.worker.holdings import Holdings
from watchsync.worker.running import Running
from watchsync.worker.suspects import Suspects
from watchsync.worker.timing import now
from watchsync.worker.wake_time import WakeTime

_UNRECORDABLE = RetryAt(5.0, JobError(OutcomeUnrecordable.code, OutcomeUnrecordable.sentence()))
_log = logs.get(__name__)


class Exchange:
    """Settles and takes in one command. ``start`` is called with each delivery that it brings."""

    def __init__(
        self, consumer: Consumer, holdings: Holdings[Running], wake_time: WakeTime, start: Callable[[Delivery], None]
    ) -> None:
        self._consumer = consumer
        self._holdings = holdings
        self._wake_time = wake_time
        self._start = start
        self._suspects = Suspects()

    async def make(self, *, may_take: bool, is_draining: bool) -> None:
        """Hand in what ended, take what fits into the free slots unless we may not, and set the wake time."""
        suspects = self._suspects
        settlements = [] if suspects.is_pause else self._holdings.next_settlements(one_by_one=suspects.are_sought)
        free = self._holdings.free_slots(settlements)
        may_want = may_take and not is_draining and not (settlements and suspects.are_sought)
        want = free if may_want else 0
        has_to_ask = suspects.is_pause or (is_draining and self._consumer.is_reply_lost)
        if not (settlements or want or has_to_ask):
            self._wake_time.after_nothing_to_say(now(), is_unready=free > 0 and not is_draining)
            return
        held = self._holdings.fences_besides(settlements)
        self._holdings.begin_exchange()
        try:
            handover = await self._consumer.settle_and_take(settlements, want, held)
        except RedisUnavailable as error:
            self._keep(settlements, is_outage=not isinstance(error, RedisRefused))
        except Exception:  # noqa: BLE001 - whatever it was, the others' outcomes are still to be recorded
            _log.exception("exchange.failed", settlements=len(settlements))
            self._keep(settlements, is_outage=False)
        else:
            self._note(settlements, handover)
            self._wake_time.after_success(
                now(),
                handover,
                has_taken=want > 0,
                has_more=not self._holdings.is_settled,
                is_draining=is_draining,
            )

    def _keep(self, settlements: Sequence[Settlement], *, is_outage: bool) -> None:
        """Keep what could not be recorded for a later exchange; what is at fault itself ends as a failed attempt."""
        self._wake_time.after_failure(now())
        is_given_up = self._suspects.note_failure(settlements, is_outage=is_outage)
        if not self._suspects.are_sought:
            return
        self._holdings.settle(settlements)
        for settlement in settlements:  # now the last of those that wait
            outcome = _UNRECORDABLE if is_given_up else settlement.outcome
            self._holdings.end(settlement.delivery, outcome)
        if is_given_up:
            _log.error("outcome.abandoned", job=settlements[0].delivery.job.id)

    def _note(self, settlements: Sequence[Settlement], handover: Handover) -> None:
        self._holdings.settle(settlements)
        self._suspects.note_success(is_all=self._holdings.is_settled)
        for settlement, verdict in zip(settlements, handover.verdicts, strict=True):
            job = settlement.delivery.job
            error = getattr(settlement.outcome, "error", None)
            log = _log.warning if verdict == REFUSED else _log.info
            log("attempt.settled", job=job.id, ref=str(job.ref), outcome=verdict, error=error.code if error else None)
        for delivery in handover.deliveries:
            self._start(delivery)
