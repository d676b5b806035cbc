"""Take jobs, run them, keep their leases, settle them; stop without losing one."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import islice

from structlog.contextvars import bind_contextvars

from watchsync import keys, logs
from watchsync.errors import RedisUnavailable
from watchsync.job import Delivery, Interrupted, Outcome
from watchsync.metrics import Metrics
from watchsync.queue.consumer import REFUSED, Consumer, Handover, Settlement
from watchsync.queue.listener import Listener
from watchsync.worker.attempt import ReportProgress, Run, attempt
from watchsync.worker.leases import Leases
from watchsync.worker.maintenance import maintain
from watchsync.worker.running import Running
from watchsync.worker.timing import now, relay, wait

_LOOK_SECONDS = 300.0
"""An idle worker looks by itself this often, in case a wake-up was missed: 288 commands a day."""
_UNREADY_SECONDS = 1.0
_AWAY_SECONDS = (0.2, 5.0)
_LAST_WORDS_SECONDS = 30.0
"""How long a stopping worker tries to tell an absent Redis what it hands back."""
_LARGEST_EXCHANGE_BYTES = 800_000
"""Some plans refuse commands of more than 1 MB."""
_log = logs.get(__name__)


class Worker:
    """One consumer of the group with a number of slots.

    One loop talks to the queue: each exchange hands in the attempts that ended and takes what fits into the free
    slots. Between two exchanges it waits for an end, a wake-up, or the next due time or lease, and never polls.
    """

    def __init__(
        self,
        consumer: Consumer,
        listener: Listener,
        run: Run,
        metrics: Metrics,
        *,
        slots: int,
        deadline_seconds: float,
        drain_seconds: float,
        rng: random.Random,
        is_ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._consumer = consumer
        self._listener = listener
        self._run = run
        self._metrics = metrics
        self._slots = slots
        self._deadline_seconds = deadline_seconds
        self._drain_seconds = drain_seconds
        self._rng = rng
        self._is_ready = is_ready
        self._running: dict[str, Running] = {}
        self._ended: dict[str, Settlement] = {}
        self._cancelled: set[str] = set()
        """Jobs that were cancelled since the exchange began, and may be among those that it brings."""
        self._leases = Leases(consumer.lease_seconds)
        self._wake = asyncio.Event()
        self._doubt = asyncio.Event()
        self._look_at = 0.0
        self._away_seconds = _AWAY_SECONDS[0]
        self._is_in_trouble = False
        self._is_draining = False

    @property
    def is_draining(self) -> bool:
        """Whether it has stopped taking work."""
        return self._is_draining

    async def hand_back(self, seconds: float) -> None:
        """End all that runs here without an attempt, as a shutdown does; wait for it, at most ``seconds`` long."""
        running = tuple(self._running.values())
        self._interrupt()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(each.ended() for each in running))

    def stop_now(self) -> None:
        """Take nothing more and hand back at once what runs; a drain that is under way has no time left."""
        self._is_draining = True
        self._drain_seconds = 0.0
        self._interrupt()

    async def work(self, stop: asyncio.Event) -> None:
        """Serve the queue until ``stop``; then give running jobs the drain time and hand the rest back."""
        async with AsyncExitStack() as stack:
            for duty in (relay(stop, self._wake), self._keep_leases(), maintain(self._consumer)):
                stack.callback(asyncio.create_task(duty).cancel)
            for channel, callback in (
                (keys.WAKE, lambda _: self._wake.set()),
                (keys.CONTROL, self._hear_control),
                (keys.LEASES, self._hear_lease),
            ):
                await stack.enter_async_context(self._listener.subscribe(channel, callback))
            while not stop.is_set():
                self._wake.clear()
                await self._rest(await self._settle_and_take())
            await self._drain()

    async def _rest(self, seconds: float) -> None:
        """Wait unless woken; where it is for a lease to run out, as long as that one is renewed."""
        if not seconds:
            return  # what was taken a moment ago begins while the next exchange is under way
        await wait(self._wake, seconds)
        while not self._wake.is_set() and (more_seconds := self._idle_seconds()) > 0:
            await wait(self._wake, more_seconds)

    def _idle_seconds(self) -> float:
        """How long there is nothing to do: until the next due time or our own next look, or somebody's lease ends."""
        at = now()
        lease_seconds = self._leases.next_seconds(at)
        left_seconds = max(self._look_at - at, 0.0)
        return left_seconds if lease_seconds is None else min(left_seconds, lease_seconds)

    async def _settle_and_take(self) -> float:
        """Hand in what ended and take as much as fits; answer how long to wait unless woken."""
        self._look_at = 0.0
        settlements = self._next_settlements()
        free = self._slots - len(self._running) - len(self._ended) + len(settlements)
        want = max(free, 0) if self._is_ready() and not self._is_draining else 0
        if not (settlements or want or (self._is_draining and self._consumer.is_reply_lost)):
            return _LOOK_SECONDS if self._is_draining or free <= 0 else _UNREADY_SECONDS
        handed_in = {settlement.delivery.job.id for settlement in settlements}
        held = {each.job.id: each.fence for each in self._deliveries() if each.job.id not in handed_in}
        self._cancelled.clear()
        try:
            handover = await self._consumer.settle_and_take(settlements, want, held)
        except RedisUnavailable:
            return self._longer_pause()
        except Exception:  # noqa: BLE001 - whatever it was, the others' outcomes are still to be written down
            _log.exception("settle_and_take.failed", settlements=len(settlements))
            self._abandon(settlements)
            return self._longer_pause()
        self._away_seconds, self._is_in_trouble = _AWAY_SECONDS[0], False
        self._note(settlements, handover)
        if self._ended:
            return 0.0
        if not want:
            return _LOOK_SECONDS if self._is_draining else _UNREADY_SECONDS
        self._leases.look(handover.holders, handover.lease_seconds, now())
        self._look_at = now() + min(handover.due_seconds or _LOOK_SECONDS, _LOOK_SECONDS)
        return self._idle_seconds()

    def _next_settlements(self) -> list[Settlement]:
        """What to hand in together: of half the slots at most, so that the others work while Redis does.

        After a failure each is handed in by itself, so that one cannot hold the others up.
        """
        chosen: list[Settlement] = []
        size_bytes = 0
        most = 1 if self._is_in_trouble else max(self._slots // 2, 1)
        for settlement in islice(self._ended.values(), most):
            size_bytes += settlement.size_bytes
            if chosen and size_bytes > _LARGEST_EXCHANGE_BYTES:
                break
            chosen.append(settlement)
        return chosen

    def _abandon(self, settlements: Sequence[Settlement]) -> None:
        """What cannot be written down even alone is left to its lease: another attempt is made."""
        if len(settlements) == 1:
            del self._ended[settlements[0].delivery.job.id]
        self._is_in_trouble = True

    def _longer_pause(self) -> float:
        pause_seconds, longest = self._away_seconds, _AWAY_SECONDS[1]
        self._away_seconds = min(pause_seconds * 2, longest)
        return pause_seconds

    def _note(self, settlements: Sequence[Settlement], handover: Handover) -> None:
        for settlement, verdict in zip(settlements, handover.verdicts, strict=True):
            job = settlement.delivery.job
            self._ended.pop(job.id, None)
            error = getattr(settlement.outcome, "error", None)
            log = _log.warning if verdict == REFUSED else _log.info
            log("attempt.settled", job=job.id, ref=str(job.ref), outcome=verdict, error=error.code if error else None)
        for delivery in handover.deliveries:
            self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        """Begin to work on a delivery; one that comes while we stop is handed back untouched."""
        running = Running(delivery)
        if delivery.job.id in self._cancelled:
            return
        if self._is_draining:
            self._ended[delivery.job.id] = Settlement(delivery, Interrupted())
            return
        if earlier := self._running.pop(delivery.job.id, None):
            earlier.end("lost")
        self._ended.pop(delivery.job.id, None)
        self._running[delivery.job.id] = running
        running.start(self._serve(running))

    async def _serve(self, running: Running) -> None:
        """Run one delivery to its end."""
        job = running.delivery.job
        started = now()
        self._metrics.jobs_running.inc()
        try:
            bind_contextvars(job=job.id, ref=str(job.ref), correlation_id=job.correlation_id)
            _log.info("attempt.started", attempt=job.attempts)
            await running.attempt(self._consumer, self._attempt)
        except Exception:  # noqa: BLE001 - its lease runs out and another attempt is made
            _log.exception("attempt.abandoned", job=job.id)
        finally:
            self._metrics.jobs_running.dec()
            self._metrics.attempt_seconds.observe(now() - started)
            self._hand_in(running)

    async def _attempt(self, delivery: Delivery, report: ReportProgress) -> Outcome:
        deadline_seconds = self._deadline_seconds
        return await attempt(delivery.job, self._run, report, deadline_seconds=deadline_seconds, rng=self._rng)

    def _hand_in(self, running: Running) -> None:
        """Let the next exchange write down how it ended; a job that is no longer ours only frees its slot."""
        job_id = running.delivery.job.id
        if self._running.get(job_id) is running:
            del self._running[job_id]
        if running.outcome is not None:
            self._ended[job_id] = Settlement(running.delivery, running.outcome)
        self._wake.set()

    async def _keep_leases(self) -> None:
        """Renew all leases in one command: three times within each lease, and whenever a message may be missing.

        After a failure that is tried again soon, while there is still a lease to renew.
        """
        usual_seconds = self._consumer.lease_seconds / 3
        pause_seconds = usual_seconds
        while True:
            await wait(self._doubt, pause_seconds)
            pause_seconds = usual_seconds
            self._doubt.clear()
            running, deliveries = tuple(self._running.values()), self._deliveries()
            if not deliveries:
                continue
            try:
                lost = await self._consumer.renew(deliveries)
            except RedisUnavailable:
                pause_seconds = usual_seconds / 5
                continue
            except Exception:  # noqa: BLE001 - the next renewal may go better; without any, every lease would run out
                _log.exception("renewal.failed")
                continue
            for each in running:
                if each.delivery.job.id in lost:
                    each.end("lost")

    def _deliveries(self) -> list[Delivery]:
        """All that is ours until the queue knows how it ended."""
        running = [each.delivery for each in self._running.values()]
        return running + [each.delivery for each in self._ended.values()]

    def _hear_control(self, message: bytes | None) -> None:
        """A job was cancelled; without a message one may have been missed, and the next renewal tells."""
        if message is None:
            self._doubt.set()
        elif running := self._running.get(message.decode()):
            running.end("cancelled")
        else:
            self._cancelled.add(message.decode())

    def _hear_lease(self, message: bytes | None) -> None:
        if message is not None:
            self._leases.hear(message, now())

    async def _drain(self) -> None:
        self._is_draining = True
        if self._running:
            _log.info("worker.drain_started", running=len(self._running), seconds=self._drain_seconds)
        give_up = now() + self._drain_seconds + _LAST_WORDS_SECONDS
        interrupting = asyncio.get_running_loop().call_later(self._drain_seconds, self._interrupt)
        while self._owes_an_end() and now() < give_up:
            self._wake.clear()
            wait_seconds = await self._settle_and_take()
            if self._owes_an_end():
                await wait(self._wake, min(wait_seconds, give_up - now()))
        interrupting.cancel()
        if self._running or self._ended:
            _log.error("worker.jobs_abandoned", jobs=[*self._running, *self._ended])

    def _owes_an_end(self) -> bool:
        return bool(self._running or self._ended or self._consumer.is_reply_lost)

    def _interrupt(self) -> None:
        for running in tuple(self._running.values()):
            running.end("interrupted")
