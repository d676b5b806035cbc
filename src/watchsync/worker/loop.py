"""When does a worker talk to the queue? When something ended, when there may be work, and at its wake time."""

import asyncio
import math
import random
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial

from watchsync import keys, logs
from watchsync.duties import Duties
from watchsync.job import Delivery, Interrupted
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer
from watchsync.queue.listener import Listener
from watchsync.worker.attempt import Run
from watchsync.worker.exchange import Exchange
from watchsync.worker.holdings import Holdings
from watchsync.worker.leases import Leases
from watchsync.worker.maintenance import maintain
from watchsync.worker.renewal import Renewal
from watchsync.worker.running import Running, Work
from watchsync.worker.timing import now, relay, wait
from watchsync.worker.wake_time import WakeTime

_LAST_WORDS_SECONDS = 30.0
"""How long a stopping worker tries to tell an absent Redis what it hands back."""
_LOST_ANSWER_SECONDS = 5.0
"""How long it tries to hear whether an answer that was lost brought jobs; their leases run out otherwise."""
_log = logs.get(__name__)


class Worker:
    """One consumer of the group, with a number of slots.

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
        duties: Duties | None = None,
    ) -> None:
        self._consumer = consumer
        self._listener = listener
        self._work = Work(run, consumer, metrics, deadline_seconds, rng)
        self._drain_seconds = drain_seconds
        self._is_ready = is_ready
        self._duties = duties or Duties(metrics)
        self._holdings: Holdings[Running] = Holdings(slots)
        self._renewal = Renewal(consumer, self._holdings)
        self._leases = Leases(consumer.lease_seconds)
        self._wake_time = WakeTime(self._leases)
        self._wake = asyncio.Event()
        self._exchange = Exchange(consumer, self._holdings, self._wake_time, self._start)
        self._is_draining = False

    @property
    def is_draining(self) -> bool:
        """Whether it has stopped taking work."""
        return self._is_draining

    async def hand_back(self, seconds: float) -> None:
        """Interrupt all that runs here, as a shutdown does, and wait for it for ``seconds`` at most."""
        running = self._holdings.running
        self._interrupt()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(each.ended() for each in running))

    def stop_now(self) -> None:
        """Take nothing more and hand back what runs at once; a drain under way has no time left."""
        self._is_draining = True
        self._drain_seconds = 0.0
        self._interrupt()

    async def work(self, stop: asyncio.Event) -> None:
        """Serve the queue until ``stop``; then give running jobs the drain time and hand the rest back."""
        async with AsyncExitStack() as stack:
            stack.callback(asyncio.create_task(relay(stop, self._wake)).cancel)
            await stack.enter_async_context(self._duties.keeping("renewal", self._renewal.keep))
            await stack.enter_async_context(self._duties.keeping("maintenance", partial(maintain, self._consumer)))
            for channel, callback in (
                (keys.WAKE, lambda _: self._wake.set()),
                (keys.CONTROL, self._hear_control),
                (keys.LEASES, self._hear_lease),
            ):
                await stack.enter_async_context(self._listener.subscribe(channel, callback))
            while not stop.is_set():
                await self._talk()
                await self._rest()
            await self._drain()

    async def _talk(self) -> None:
        """Hand in what ended and, unless we stop or cannot work, take what fits into the free slots."""
        self._wake.clear()
        await self._exchange.make(may_take=self._is_ready(), is_draining=self._is_draining)

    async def _rest(self, *, until: float = math.inf) -> None:
        """Wait until woken, until the wake time, or ``until``."""
        while not self._wake.is_set() and (seconds := min(self._wake_time.at, until) - now()) > 0:
            await wait(self._wake, seconds)

    def _start(self, delivery: Delivery) -> None:
        """Begin to work on a delivery; hand it back untouched if it comes while we stop."""
        if self._holdings.was_cancelled(delivery):
            return
        if self._is_draining:
            self._holdings.end(delivery, Interrupted())
            return
        running = Running(delivery, self._work, self._hand_in)
        if earlier := self._holdings.start(running):
            earlier.end("lost")
        running.start()

    def _hand_in(self, running: Running) -> None:
        """Let the next exchange record how a job ended; one that is no longer ours only frees its slot."""
        self._holdings.stop(running)
        if running.outcome is not None:
            self._holdings.end(running.delivery, running.outcome)
        self._wake.set()

    def _hear_control(self, message: bytes | None) -> None:
        """A job was cancelled. Without a message one may have been missed; a renewal finds out."""
        if message is None:
            self._renewal.doubt()
        elif running := self._holdings.cancel(message.decode()):
            running.end("cancelled")

    def _hear_lease(self, message: bytes | None) -> None:
        if message is not None:
            self._leases.hear(message, now())

    async def _drain(self) -> None:
        self._is_draining = True
        if running := self._holdings.running:
            _log.info("drain.started", running=len(running), seconds=self._drain_seconds)
        patience_seconds = self._drain_seconds + _LAST_WORDS_SECONDS if self._holdings.ids else _LOST_ANSWER_SECONDS
        give_up = now() + patience_seconds
        interrupting = asyncio.get_running_loop().call_later(self._drain_seconds, self._interrupt)
        while self._owes_an_end() and now() < give_up:
            await self._talk()
            if self._owes_an_end():
                await self._rest(until=give_up)
        interrupting.cancel()
        if held := self._holdings.ids:
            _log.error("jobs.abandoned", jobs=list(held))

    def _owes_an_end(self) -> bool:
        return bool(self._holdings.ids or self._consumer.is_reply_lost)

    def _interrupt(self) -> None:
        for running in self._holdings.running:
            running.end("interrupted")
