"""Why the queue refused an operation."""

from watchsync.errors.base import WatchsyncError


class QueueRefusal(WatchsyncError):
    """The queue refused that."""

    code = "queue-refusal"


class LeaseLost(QueueRefusal):
    """This delivery is no longer ours: another worker holds it, or the job was cancelled."""

    code = "lease-lost"


class JobNotFound(QueueRefusal):
    """No such job. Finished jobs are kept for a few days."""

    code = "job-not-found"


class IllegalMove(QueueRefusal):
    """The job's state does not allow that."""

    code = "illegal-move"


class NotAdmitted(QueueRefusal):
    """The queue takes no more for now."""

    code = "not-admitted"

    def __init__(self, message: str | None = None, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class QueueFull(NotAdmitted):
    """Many lists wait to be read. Please come back in a minute."""

    code = "queue-full"


class BudgetSpent(NotAdmitted):
    """You have asked for many new lists. More can be had when the hour is over."""

    code = "budget-spent"


class IdempotencyConflict(QueueRefusal):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency-conflict"
