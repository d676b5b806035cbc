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


class IdempotencyConflict(QueueRefusal):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency-conflict"
