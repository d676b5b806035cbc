"""Which jobs does this worker hold? Those that run, and those whose end the queue does not know yet. Pure."""

from collections.abc import Sequence
from itertools import islice
from typing import Generic, Protocol, TypeVar

from watchsync.job import Delivery, Outcome
from watchsync.queue.consumer import Settlement

_LARGEST_EXCHANGE_BYTES = 800_000
"""Some hosted plans refuse commands of more than 1 MB."""


class Attempt(Protocol):
    """A job that runs."""

    @property
    def delivery(self) -> Delivery:
        """What it works on."""


AnAttempt = TypeVar("AnAttempt", bound=Attempt)


class Holdings(Generic[AnAttempt]):
    """The jobs in a worker's slots, from their hand-over until they are settled or lost."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._running: dict[str, AnAttempt] = {}
        self._ended: dict[str, Settlement] = {}
        self._cancelled: set[str] = set()

    @property
    def running(self) -> tuple[AnAttempt, ...]:
        """The jobs that run."""
        return tuple(self._running.values())

    @property
    def is_settled(self) -> bool:
        """Whether the queue knows of every end."""
        return not self._ended

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all jobs held."""
        return (*self._running, *self._ended)

    @property
    def deliveries(self) -> list[Delivery]:
        """All that is ours until the queue knows how it ended."""
        running = [each.delivery for each in self._running.values()]
        return running + [each.delivery for each in self._ended.values()]

    def free_slots(self, settlements: Sequence[Settlement]) -> int:
        """How many slots are free once these settlements are recorded."""
        return max(self._slots - len(self._running) - len(self._ended) + len(settlements), 0)

    def fences_besides(self, settlements: Sequence[Settlement]) -> dict[str, str]:
        """The fences, by job id, of what is still held once these settlements are recorded."""
        handed_in = {settlement.delivery.job.id for settlement in settlements}
        return {each.job.id: each.fence for each in self.deliveries if each.job.id not in handed_in}

    def next_settlements(self, *, one_by_one: bool) -> list[Settlement]:
        """What to hand in next: half the slots' worth at most, so that the other half works meanwhile.

        ``one_by_one`` keeps a settlement that cannot be recorded from holding up the others.
        """
        chosen: list[Settlement] = []
        size_bytes = 0
        for settlement in islice(self._ended.values(), 1 if one_by_one else max(self._slots // 2, 1)):
            size_bytes += settlement.size_bytes
            if chosen and size_bytes > _LARGEST_EXCHANGE_BYTES:
                break
            chosen.append(settlement)
        return chosen

    def begin_exchange(self) -> None:
        """Watch from now on for jobs that are cancelled while they are on their way to us."""
        self._cancelled.clear()

    def cancel(self, job_id: str) -> AnAttempt | None:
        """Note that a job was cancelled; return it if it runs here."""
        if job_id not in self._running:
            self._cancelled.add(job_id)
        return self._running.get(job_id)

    def was_cancelled(self, delivery: Delivery) -> bool:
        """Whether the job was cancelled on its way to us."""
        return delivery.job.id in self._cancelled

    def start(self, attempt: AnAttempt) -> AnAttempt | None:
        """Hold a job that begins to run; return the earlier attempt at it that it replaces, if one still runs."""
        job_id = attempt.delivery.job.id
        earlier = self._running.get(job_id)
        self._ended.pop(job_id, None)
        self._running[job_id] = attempt
        return earlier

    def stop(self, attempt: AnAttempt) -> None:
        """The attempt runs no more."""
        job_id = attempt.delivery.job.id
        if self._running.get(job_id) is attempt:
            del self._running[job_id]

    def end(self, delivery: Delivery, outcome: Outcome) -> None:
        """Hold an outcome until it is recorded."""
        self._ended[delivery.job.id] = Settlement(delivery, outcome)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Let go of what was recorded, or cannot be."""
        for settlement in settlements:
            self._ended.pop(settlement.delivery.job.id, None)
