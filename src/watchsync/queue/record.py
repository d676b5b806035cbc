"""How does a job's record in Redis read? The scripts write it as JSON; times in it are milliseconds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from watchsync.job import (
    AttemptRecord,
    Completed,
    Dead,
    Delivery,
    Interrupted,
    Job,
    JobError,
    JobState,
    Lane,
    NewJob,
    Outcome,
    Progress,
    RetryAt,
)
from watchsync.refs import ListRef

_JOB_STATES = {state.value: state for state in JobState}
_LANES = {lane.value: lane for lane in Lane}


def job_from(text: bytes | str) -> Job:
    """Read one record."""
    return _job(orjson.loads(text))


def delivery_from(text: bytes | str) -> Delivery:
    """Read the record of a job that was handed over."""
    record = orjson.loads(text)
    return Delivery(_job(record), record["fence"])


def submissions_json(news: Sequence[NewJob]) -> bytes:
    """Jobs that are asked for, as submit.lua reads them."""
    return orjson.dumps([_new_facts(new) for new in news])


def settlement_request(delivery: Delivery, outcome: Outcome) -> dict[str, object]:
    """How an attempt ended, as settle_and_take.lua reads it; what a completed job writes travels beside it."""
    told: dict[str, object] = {"id": delivery.job.id, "fence": delivery.fence}
    match outcome:
        case Completed(writes, summary):
            told |= {"outcome": "completed", "seconds": [write.ttl_seconds for write in writes]}
            if summary:
                told["summary"] = summary
        case RetryAt(delay_seconds, error):
            told |= {"outcome": "retry", "delay_ms": int(delay_seconds * 1000), "error": error}
        case Dead(error):
            told |= {"outcome": "dead", "error": error}
        case Interrupted():
            told["outcome"] = "interrupted"
    return told


def progress_json(progress: Progress) -> bytes:
    """Progress as the scripts keep it."""
    facts = {"stage": progress.stage, "message": progress.message, "done": progress.done}
    return orjson.dumps(facts if progress.total is None else {**facts, "total": progress.total})


def _new_facts(new: NewJob) -> dict[str, object]:
    facts: dict[str, object] = {"id": new.id, "ref": str(new.ref), "lane": new.lane}
    if new.force:
        facts["force"] = True
    if new.callback_url is not None:
        facts["callback"] = new.callback_url
    if new.correlation_id is not None:
        facts["correlation"] = new.correlation_id
    return facts


def _job(record: Mapping[str, Any]) -> Job:
    return Job(
        id=record["id"],
        ref=ListRef.parse(record["ref"]),
        state=_JOB_STATES[record["state"]],
        lane=_LANES[record["lane"]],
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


def _attempt(entry: Mapping[str, Any]) -> AttemptRecord:
    return AttemptRecord(
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
