"""How does a job's record in Redis read? The scripts write it as JSON."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

import orjson

from watchsync.errors import BadInput
from watchsync.job import AttemptRecord, Delivery, Job, JobError, JobState, Lane, Progress
from watchsync.refs import ListRef

_JOB_STATES = {state.value: state for state in JobState}
_LANES = {lane.value: lane for lane in Lane}


class ErrorFields(TypedDict):
    """Why an attempt failed: a code of the error tree and a sentence."""

    code: str
    message: str


class ProgressFields(TypedDict):
    """How far a running job is."""

    stage: str
    message: str
    done: int
    total: NotRequired[int]


class AttemptFields(TypedDict):
    """One attempt that ended; times are milliseconds since 1970."""

    number: int
    worker: str
    started: float
    ended: float
    outcome: str
    error: NotRequired[ErrorFields]


class JobRecord(TypedDict):
    """A job as the scripts keep it; times are milliseconds since 1970.

    They keep more for themselves: ``v`` (the version of the record's form), ``entry`` (the id of the job's stream
    entry), ``worker``, ``handovers``, ``attempt_started`` and ``settled`` (the fence of the latest settlement).
    """

    id: str
    ref: str
    state: str
    lane: str
    created: float
    attempts: int
    seq: int
    fence: NotRequired[str]
    """Of the latest hand-over."""
    force: NotRequired[bool]
    callback: NotRequired[str]
    correlation: NotRequired[str]
    started: NotRequired[float]
    finished: NotRequired[float]
    due: NotRequired[float]
    progress: NotRequired[ProgressFields]
    error: NotRequired[ErrorFields]
    history: NotRequired[list[AttemptFields]]
    summary: NotRequired[dict[str, int | str]]


class RecordUnreadable(Exception):
    """A record is not as this version writes it."""


def job_from(text: bytes | str) -> Job:
    """Read one record; raises RecordUnreadable."""
    with _as_unreadable():
        return _job(orjson.loads(text))


def delivery_from(text: bytes | str) -> Delivery:
    """Read the record of a job that was handed over; raises RecordUnreadable."""
    with _as_unreadable():
        record: JobRecord = orjson.loads(text)
        return Delivery(_job(record), record["fence"])


def readable(texts: Iterable[bytes | None]) -> list[Job]:
    """The jobs of those records that are there and can be read; the others are left out."""
    jobs: list[Job] = []
    for text in texts:
        with suppress(RecordUnreadable):
            jobs += [job_from(text)] if text else []
    return jobs


def id_of(text: bytes) -> str:
    """The id in a record that a script handed over, however unreadable the rest may be."""
    return str(orjson.loads(text.decode(errors="replace"))["id"])


@contextmanager
def _as_unreadable() -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError, BadInput) as error:
        raise RecordUnreadable(repr(error)) from error


def progress_fields(progress: Progress) -> ProgressFields:
    """Progress as a record holds it."""
    fields = ProgressFields(stage=progress.stage, message=progress.message, done=progress.done)
    if progress.total is not None:
        fields["total"] = progress.total
    return fields


def error_fields(error: JobError) -> ErrorFields:
    """An error as a record holds it."""
    return ErrorFields(code=error.code, message=error.message)


def _job(record: JobRecord) -> Job:
    return Job(
        id=record["id"],
        ref=ListRef.parse(record["ref"]),
        state=_JOB_STATES[record["state"]],
        lane=_LANES[record["lane"]],
        created_at=_time(record["created"]),
        attempts=int(record["attempts"]),
        seq=int(record["seq"]),
        force=bool(record.get("force")),
        callback_url=_text(record.get("callback")),
        correlation_id=_text(record.get("correlation")),
        started_at=_maybe_time(record.get("started")),
        finished_at=_maybe_time(record.get("finished")),
        due_at=_maybe_time(record.get("due")),
        progress=Progress(**record["progress"]) if record.get("progress") else None,
        error=_error(record.get("error")),
        history=tuple(_attempt(entry) for entry in record.get("history", ())),
        summary=record.get("summary"),
    )


def _attempt(entry: AttemptFields) -> AttemptRecord:
    return AttemptRecord(
        number=int(entry["number"]),
        worker=entry["worker"],
        started_at=_time(entry["started"]),
        ended_at=_time(entry["ended"]),
        outcome=entry["outcome"],
        error=_error(entry.get("error")),
    )


def _error(error: ErrorFields | None) -> JobError | None:
    return JobError(str(error["code"]), str(error["message"])) if error else None


def _text(value: str | None) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _maybe_time(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else _time(milliseconds)
