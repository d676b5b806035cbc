"""How does a job's record in Redis read? The scripts write it as JSON; times in it are milliseconds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from watchsync.job import (
    Attempt,
    Completed,
    Dead,
    Delivery,
    Interrupted,
    Job,
    JobError,
    Lane,
    NewJob,
    Outcome,
    Progress,
    RetryAt,
    State,
)
from watchsync.refs import ListRef


def job_from(text: bytes | str) -> Job:
    """Read one record."""
    return _job(orjson.loads(text))


def delivery_from(text: bytes | str) -> Delivery:
    """Read the record of a job that was handed over."""
    record = orjson.loads(text)
    return Delivery(_job(record), record["fence"])


def new_text(new: NewJob) -> bytes:
    """A job that is asked for, as submit.lua reads it."""
    facts = {
        "id": new.id,
        "ref": str(new.ref),
        "lane": new.lane,
        "force": new.force or None,
        "callback": new.callback_url,
        "correlation": new.correlation_id,
    }
    return orjson.dumps({name: value for name, value in facts.items() if value is not None})


def settling_text(delivery: Delivery, outcome: Outcome) -> bytes:
    """How an attempt ended, as exchange.lua reads it; what a completed job writes follows by itself."""
    told: dict[str, object] = {"id": delivery.job.id, "fence": delivery.fence}
    match outcome:
        case Completed(writes, summary):
            told |= {"outcome": "completed", "writes": len(writes)}
            if summary:
                told["summary"] = summary
        case RetryAt(delay_seconds, error):
            told |= {"outcome": "retry", "delay_ms": int(delay_seconds * 1000), "error": error}
        case Dead(error):
            told |= {"outcome": "dead", "error": error}
        case Interrupted():
            told["outcome"] = "interrupted"
    return orjson.dumps(told)


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
