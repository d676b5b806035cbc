"""What do the scripts ask for, and what do they answer? docs/queue-protocol.md shows it script by script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, Self, TypedDict

from watchsync.job import Completed, Dead, Delivery, Interrupted, NewJob, Outcome, Postponed, RetryAt
from watchsync.queue.record import ErrorFields, error_fields


class NewJobFields(TypedDict):
    """One job that is submitted."""

    id: str
    ref: str
    lane: str
    force: NotRequired[bool]
    callback: NotRequired[str]
    correlation: NotRequired[str]
    budget: NotRequired[str]


class SettlementFields(TypedDict):
    """How one attempt ended. What a completed job writes travels beside it, as keys and values."""

    id: str
    fence: str
    outcome: str
    """``completed``, ``retry``, ``postponed``, ``dead`` or ``interrupted``."""
    seconds: NotRequired[list[int]]
    """Of a completed job: for each of its writes, the seconds that the value lives."""
    summary: NotRequired[Mapping[str, int | str]]
    delay_ms: NotRequired[int]
    error: NotRequired[ErrorFields]


class ExchangeRequest(TypedDict):
    """What a consumer hands in and asks for in one exchange (``settle_and_take``)."""

    consumer: str
    want: int
    """How many jobs to hand over at most."""
    lease_ms: int
    most: int
    """Attempts that a job may have."""
    held: Mapping[str, str]
    """Fences of the jobs that the consumer goes on to hold, by job id."""
    recover: bool
    """Whether an earlier answer was lost."""
    settlements: Sequence[SettlementFields]


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """What became of one submitted job."""

    outcome: str
    """``created``, ``joined``, ``replayed``, ``conflict``, ``gone``, ``full`` or ``spent``."""
    record: bytes
    """The record of the job that does the work; empty for ``conflict`` and ``gone``. For ``full`` and ``spent`` the
    seconds after which to try again."""

    @classmethod
    def read_all(cls, answer: Sequence[bytes]) -> list[Self]:
        """Outcomes and records take turns."""
        return [cls(outcome.decode(), record) for outcome, record in zip(answer[::2], answer[1::2], strict=True)]


@dataclass(frozen=True, slots=True)
class ExchangeAnswer:
    """What one exchange brought, in the words of ``settle_and_take``."""

    due_ms: int
    """Until the next delayed job is due; -1 for none."""
    lease_ms: int
    """Until a lease may run out; -1 where that is not known."""
    reclaimed: int
    """How many leases had run out."""
    holders: frozenset[str]
    """Consumers that hold jobs."""
    verdicts: tuple[str, ...]
    """One for each settlement, in their order: the outcome as recorded, ``refused`` or ``repeated``."""
    records: tuple[bytes, ...]
    """Of the jobs that were handed over."""
    quarantined: tuple[str, ...]
    """Ids of records that were moved aside."""

    @classmethod
    def read(
        cls, answer: tuple[int, int, int, Sequence[bytes], Sequence[bytes], Sequence[bytes], Sequence[bytes]]
    ) -> Self:
        """The answer, decoded."""
        due_ms, lease_ms, reclaimed, holders, verdicts, records, quarantined = answer
        return cls(
            due_ms,
            lease_ms,
            reclaimed,
            frozenset(name.decode() for name in holders),
            tuple(verdict.decode() for verdict in verdicts),
            tuple(records),
            tuple(name.decode(errors="replace") for name in quarantined),
        )


@dataclass(frozen=True, slots=True)
class DepthAnswer:
    """How many jobs there are of each kind, the age of the oldest waiting one, and how many were unreadable."""

    waiting: int
    delayed: int
    running: int
    dead: int
    oldest_waiting_ms: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class ReconcileAnswer:
    """What one part of a round of reconciling found."""

    looked_at: int
    reconciled: int
    is_complete: bool


def new_job_fields(new: NewJob) -> NewJobFields:
    """A submitted job, as ``submit`` reads it."""
    fields = NewJobFields(id=new.id, ref=str(new.ref), lane=new.lane)
    if new.force:
        fields["force"] = True
    if new.callback_url is not None:
        fields["callback"] = new.callback_url
    if new.correlation_id is not None:
        fields["correlation"] = new.correlation_id
    if new.budget_key is not None:
        fields["budget"] = new.budget_key
    return fields


def settlement_fields(delivery: Delivery, outcome: Outcome) -> SettlementFields:
    """How an attempt ended, as ``settle_and_take`` reads it."""
    fields = SettlementFields(id=delivery.job.id, fence=delivery.fence, outcome=outcome_name(outcome))
    match outcome:
        case Completed(writes, summary):
            fields["seconds"] = [write.ttl_seconds for write in writes]
            if summary:
                fields["summary"] = summary
        case RetryAt(delay_seconds, error) | Postponed(delay_seconds, error):
            fields["delay_ms"] = int(delay_seconds * 1000)
            fields["error"] = error_fields(error)
        case Dead(error):
            fields["error"] = error_fields(error)
        case Interrupted():
            pass
    return fields


def outcome_name(outcome: Outcome) -> str:
    """What the scripts, the history and the metrics call it."""
    match outcome:
        case Completed():
            return "completed"
        case RetryAt():
            return "retry"
        case Postponed():
            return "postponed"
        case Dead(by_owner=by_owner):
            return "unreadable" if by_owner else "dead"
        case Interrupted():
            return "interrupted"
