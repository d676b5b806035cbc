"""How does a job's record in Redis read? The scripts write it as JSON; times in it are milliseconds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from watchsync.job import Attempt, Delivery, Job, JobError, Lane, Progress, State
from watchsync.refs import ListRef


def job_from(text: bytes | str) -> Job:
    """Read one record."""
    return _job(orjson.loads(text))


def delivery_from(text: bytes | str) -> Delivery:
    """Read the record of a job that was handed over."""
    record = orjson.loads(text)
    return Delivery(_job(record), record["fence"])


def error_text(error: JobError | None) -> bytes:
    """An error as the scripts keep it; empty for none."""
    return orjson.dumps(error) if error else b""


def progress_text(progress: Progress) -> bytes:
    """Progress as the scripts keep it."""
    facts = {"stage": progress.stage, "message": progress.message, "done": progress.done}
    return orjson.dumps(facts if progress.total is None else {**facts, "total": progress.total})


def _job(record: Mapping[str, Any]) -> Job:
    return Job(
        id=record["id"],
        ref=ListRef.parse(record["ref"]),
        state=State(record["state"]),
        lane=Lane(record["lane"]),
        created_at=_time(record["created"]),
        attempts=int(record["attempts"]),
        seq=int(record["seq"]),
        force=bool(record.get("force")),
        callback_url=record.get("callback"),
        correlation_id=record.get("correlation"),
        started_at=_maybe_time(record.get("started")),
        finished_at=_maybe_time(record.get("finished")),
        due_at=_maybe_time(record.get("due")),
        progress=Progress(**record["progress"]) if record.get("progress") else None,
        error=_error(record.get("error")),
        history=tuple(_attempt(entry) for entry in record.get("history", ())),
        summary=record.get("summary"),
    )


def _attempt(entry: Mapping[str, Any]) -> Attempt:
    return Attempt(
        number=int(entry["number"]),
        worker=entry["worker"],
        started_at=_time(entry["started"]),
        ended_at=_time(entry["ended"]),
        outcome=entry["outcome"],
        error=_error(entry.get("error")),
    )


def _error(error: Mapping[str, str] | None) -> JobError | None:
    return JobError(error["code"], error["message"]) if error else None


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _maybe_time(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else _time(milliseconds)
