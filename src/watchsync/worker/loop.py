"""Take jobs, run them, keep their leases, settle them; stop without losing one."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from time import monotonic

from structlog.contextvars import bound_contextvars

from watchsync import keys, logs
from watchsync.errors import LeaseLost, RedisAway
from watchsync.job import Delivery, Interrupted, Outcome
from watchsync.metrics import Metrics
from watchsync.queue.broker import Broker
from watchsync.queue.listener import Listener
from watchsync.worker.attempt import Run, attempt
from watchsync.worker.reporter import Reporter

_LOOK_SECONDS = 300.0
"""An idle worker looks by itself this often, in case a wake-up was missed: 288 commands a day."""
_UNREADY_SECONDS = 1.0
_MEND_SECONDS = 6 * 3600.0
_AWAY_SECONDS = (0.2, 5.0)
_SETTLE_SECONDS = 300.0
_log = logs.get(__name__)


class _Running:
    """A job that runs here. ``ending`` says why its work is to stop, if it is."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.ending: str | None = None
        self.ended = asyncio.Event()

    def end(self, why: str) -> None:
        self.ending = self.ending or why
        self.ended.set()


class Worker:
    """One consumer of the group with a number of slots.

    It waits for wake-ups and for the next due time or lease that the queue told it, not by polling.
    """

    def __init__(
        self,
        broker: Broker,
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
        self._broker = broker
        self._listener = listener
        self._run = run
        self._metrics = metrics
        self._slots = slots
        self._deadline_seconds = deadline_seconds
        self._drain_seconds = drain_seconds
        self._rng = rng
        self._is_ready = is_ready
        self._running: dict[str, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._renew_now = asyncio.Event()
        self._away_seconds = _AWAY_SECONDS[0]
        self._is_draining = False

    @property
    def is_draining(self) -> bool:
        """Whether it has stopped taking work."""
        return self._is_draining

    async def work(self, stop: asyncio.Event) -> None:
        """Serve the queue until ``stop``; then give running jobs the drain time and hand the rest back."""
        stopping = asyncio.create_task(stop.wait(), name="stopping")
        stopping.add_done_callback(lambda _: self._wake.set())
        renewing = asyncio.create_task(self._keep_leases(), name="leases")
        mending = asyncio.create_task(self._mend_now_and_then(), name="mending")
        async with AsyncExitStack() as stack:
            stack.callback(renewing.cancel)
            stack.callback(mending.cancel)
            stack.callback(stopping.cancel)
            await stack.enter_async_context(self._listener.hear(keys.WAKE, lambda _: self._wake.set()))
            await stack.enter_async_context(self._listener.hear(keys.CONTROL, self._hear_control))
            while not stop.is_set():
                self._wake.clear()
                wait_seconds = await self._fill()
                await self._sleep(wait_seconds)
            await self._drain()

    async def _fill(self) -> float:
        """Take as much as there are free slots; answer how long to wait unless woken."""
        free = self._slots - len(self._running)
        if free <= 0:
            return _LOOK_SECONDS
        if not self._is_ready():
            return _UNREADY_SECONDS
        try:
            taken = await self._broker.take(free, self._running)
        except RedisAway:
            wait_seconds, longest = self._away_seconds, _AWAY_SECONDS[1]
            self._away_seconds = min(wait_seconds * 2, longest)
            return wait_seconds
        self._away_seconds = _AWAY_SECONDS[0]
        for delivery in taken.deliveries:
            self._start(delivery)
        return min(taken.look_again_seconds or _LOOK_SECONDS, _LOOK_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _start(self, delivery: Delivery) -> None:
        earlier = self._running.pop(delivery.job.id, None)
        if earlier:
            earlier.end("lost")
        running = _Running(delivery)
        self._running[delivery.job.id] = running
        task = asyncio.create_task(self._serve(running), name=f"job {delivery.job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, running: _Running) -> None:
        """Run one delivery to its end and settle it."""
        job = running.delivery.job
        started = monotonic()
        self._metrics.jobs_running.inc()
        with bound_contextvars(job=job.id, ref=str(job.ref), correlation_id=job.correlation_id):
            _log.info("attempt.started", attempt=job.attempts)
            try:
                outcome = await self._attempted(running)
                more = await self._settled(running, outcome)
            except Exception:  # noqa: BLE001 - its lease runs out and another attempt is made
                _log.exception("attempt.abandoned")
                more = True
            finally:
                self._metrics.jobs_running.dec()
                self._metrics.attempt_seconds.observe(monotonic() - started)
                if self._running.get(job.id) is running:
                    del self._running[job.id]
        if more:
            self._wake.set()

    async def _attempted(self, running: _Running) -> Outcome | None:
        """The attempt's outcome; ``None`` when the job is no longer ours."""
        delivery = running.delivery
        publish = Reporter(lambda progress: self._broker.report(delivery, progress), lambda: running.end("lost"))
        async with publish as report:
            work = asyncio.create_task(
                attempt(delivery.job, self._run, report, deadline_seconds=self._deadline_seconds, rng=self._rng),
                name=f"attempt {delivery.job.id}",
            )
            ended = asyncio.create_task(running.ended.wait())
            await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if work.done():
                return work.result()
            await _cancel_for_certain(work)
        _log.info("attempt.stopped", why=running.ending)
        return Interrupted() if running.ending == "interrupted" else None

    async def _settled(self, running: _Running, outcome: Outcome | None) -> bool:
        """Settle the attempt; answer whether it is worth looking for more work at once."""
        if outcome is None:
            return True
        try:
            settled = await self._broker.settle(running.delivery, outcome, patience_seconds=_SETTLE_SECONDS)
        except LeaseLost:
            _log.warning("settle.refused", outcome=type(outcome).__name__)
            return True
        except RedisAway:
            _log.error("settle.gave_up", outcome=type(outcome).__name__)
            return True
        error = getattr(outcome, "error", None)
        _log.info("attempt.settled", outcome=settled.outcome, error=error.code if error else None)
        return settled.more

    async def _keep_leases(self) -> None:
        """Renew all leases in one command: three times within each lease, and when a cancellation may be missed."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._broker.lease_seconds / 3):
                    await self._renew_now.wait()
            self._renew_now.clear()
            held = {job_id: running.delivery for job_id, running in self._running.items()}
            if not held:
                continue
            try:
                lost = await self._broker.renew(held.values())
            except RedisAway:
                continue
            for job_id in lost & held.keys():
                running = self._running.get(job_id)
                if running and running.delivery is held[job_id]:
                    running.end("lost")

    async def _mend_now_and_then(self) -> None:
        """Reconcile records and stream entries at the start and a few times a day."""
        while True:
            try:
                if mended := await self._broker.mend():
                    _log.warning("queue.mended", jobs=mended)
            except RedisAway:
                await asyncio.sleep(_AWAY_SECONDS[1])
            else:
                await asyncio.sleep(_MEND_SECONDS)

    def _hear_control(self, message: bytes | None) -> None:
        if message is None:
            self._renew_now.set()
        running = self._running.get(message.decode()) if message else None
        if running:
            running.end("cancelled")

    async def _drain(self) -> None:
        self._is_draining = True
        if not self._tasks:
            return
        _log.info("worker.draining", running=len(self._running), seconds=self._drain_seconds)
        await asyncio.wait(tuple(self._tasks), timeout=self._drain_seconds)
        for running in tuple(self._running.values()):
            running.end("interrupted")
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))


async def _cancel_for_certain(task: asyncio.Task[Outcome]) -> None:
    """Cancel until it ends: before Python 3.12 ``asyncio.wait_for`` can swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
