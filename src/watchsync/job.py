"""What is a job, where can it be, and how can an attempt end?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchsync.refs import ListRef


class JobState(StrEnum):
    """Where a job is. docs/job-states.md draws the moves; the Lua scripts make them."""

    WAITING = "waiting"
    DELAYED = "delayed"
    RUNNING = "running"
    COMPLETED = "completed"
    DEAD = "dead"
    CANCELLED = "cancelled"


ACTIVE = frozenset({JobState.WAITING, JobState.DELAYED, JobState.RUNNING})
"""States of a job that will still do something."""
FINISHED = frozenset({JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED})
"""States that only an operator's requeue leaves."""


class Lane(StrEnum):
    """Who waits for it: a person (served first) or the schedule."""

    INTERACTIVE = "interactive"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running job is: a sentence for people, and numbers for a bar."""

    stage: str
    """``opening``, ``reading``, ``enriching`` or ``storing``."""
    message: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class JobError:
    """Why an attempt failed: a stable code from the error tree and a sentence that says what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One finished attempt in a job's history."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    """``completed``, ``retry``, ``postponed``, ``dead``, ``unreadable`` (its owner's doing), ``interrupted``, ``lost``
    (its worker died), ``cancelled``."""
    error: JobError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request for one sync, before the queue has taken it in."""

    id: str
    ref: ListRef
    lane: Lane = Lane.INTERACTIVE
    force: bool = False
    """Read the list even if nothing seems to have changed."""
    callback_url: str | None = None
    correlation_id: str | None = None
    budget_key: str | None = None
    """The address whose budget of new lists it is charged to; kept as a salted hash, for a day at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as its record in Redis tells it."""

    id: str
    ref: ListRef
    state: JobState
    lane: Lane
    created_at: datetime
    attempts: int = 0
    """Attempts begun, less those that were postponed or that a shutdown cut short."""
    seq: int = 0
    """Rises with every change that is published; the id of the job's latest event."""
    force: bool = False
    callback_url: str | None = None
    correlation_id: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    due_at: datetime | None = None
    progress: Progress | None = None
    error: JobError | None = None
    history: tuple[AttemptRecord, ...] = ()
    summary: Mapping[str, int | str] | None = None
    """A completed job's few numbers, such as how many titles it stored."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One handing-over of a job to this worker: the right to work on it until the lease runs out.

    ``fence`` is new at every hand-over. The queue refuses whoever comes with an old one.
    """

    job: Job
    fence: str

    @property
    def attempt(self) -> int:
        """1-based number of this attempt."""
        return self.job.attempts

    @property
    def is_first(self) -> bool:
        """Whether the job was never handed over before."""
        return self.fence.startswith("1:")


@dataclass(frozen=True, slots=True)
class Write:
    """One value that must appear in Redis in the same instant in which its job completes."""

    key: str
    value: bytes
    ttl_seconds: int


@dataclass(frozen=True, slots=True)
class Completed:
    """The attempt did its work; ``writes`` are stored atomically with the ack."""

    writes: tuple[Write, ...] = ()
    summary: Mapping[str, int | str] | None = None


@dataclass(frozen=True, slots=True)
class RetryAt:
    """The attempt failed in a way that may pass; try again after ``delay_seconds``."""

    delay_seconds: float
    error: JobError


@dataclass(frozen=True, slots=True)
class Postponed:
    """The attempt could not begin, for a reason of our own; it costs none. Try again after ``delay_seconds``."""

    delay_seconds: float
    error: JobError


@dataclass(frozen=True, slots=True)
class Dead:
    """Trying again does not help, or was tried enough."""

    error: JobError
    by_owner: bool = False
    """Whether the list's owner caused it, by making it private for example. Such a job is no dead letter."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A shutdown cut the attempt short; it costs none and another worker goes on."""


Outcome = Completed | RetryAt | Postponed | Dead | Interrupted
