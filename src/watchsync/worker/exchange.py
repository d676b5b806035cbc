"""What does a worker say to the queue? How its attempts ended, and how many jobs it can take."""

from collections.abc import Callable, Sequence

from watchsync import logs
from watchsync.errors import RedisUnavailable
from watchsync.job import Delivery
from watchsync.queue.consumer import REFUSED, Consumer, Handover, Settlement
from watchsync.worker.holdings import Holdings
from watchsync.worker.running import Running
from watchsync.worker.timing import now
from watchsync.worker.wake_time import WakeTime

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
        self._settles_one_by_one = False

    async def make(self, *, may_take: bool, is_draining: bool) -> None:
        """Hand in what ended, take what fits into the free slots unless we may not, and set the wake time."""
        settlements = self._holdings.next_settlements(one_by_one=self._settles_one_by_one)
        free = self._holdings.free_slots(settlements)
        want = free if may_take and not is_draining else 0
        if not (settlements or want or (is_draining and self._consumer.is_reply_lost)):
            self._wake_time.after_nothing_to_say(now(), is_unready=free > 0 and not is_draining)
            return
        held = self._holdings.fences_besides(settlements)
        self._holdings.begin_exchange()
        try:
            handover = await self._consumer.settle_and_take(settlements, want, held)
        except RedisUnavailable:
            self._wake_time.after_failure(now())
        except Exception:  # noqa: BLE001 - whatever it was, the others' outcomes are still to be recorded
            _log.exception("exchange.failed", settlements=len(settlements))
            self._abandon(settlements)
            self._wake_time.after_failure(now())
        else:
            self._note(settlements, handover)
            self._wake_time.after_success(
                now(),
                handover,
                has_taken=want > 0,
                has_more=not self._holdings.is_settled,
                is_draining=is_draining,
            )

    def _abandon(self, settlements: Sequence[Settlement]) -> None:
        """Leave what cannot be recorded even alone to its lease: another attempt is made."""
        if len(settlements) == 1:
            self._holdings.settle(settlements)
        self._settles_one_by_one = True

    def _note(self, settlements: Sequence[Settlement], handover: Handover) -> None:
        self._settles_one_by_one = False
        self._holdings.settle(settlements)
        for settlement, verdict in zip(settlements, handover.verdicts, strict=True):
            job = settlement.delivery.job
            error = getattr(settlement.outcome, "error", None)
            log = _log.warning if verdict == REFUSED else _log.info
            log("attempt.settled", job=job.id, ref=str(job.ref), outcome=verdict, error=error.code if error else None)
        for delivery in handover.deliveries:
            self._start(delivery)
