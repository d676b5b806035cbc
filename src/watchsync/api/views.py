"""How does a job read over HTTP?"""

from typing import Any

from watchsync.catalog.document import document
from watchsync.job import FINISHED, AttemptRecord, Job, JobState
from watchsync.snapshot import Snapshot

STATES_OF = {
    "pending": frozenset({JobState.WAITING, JobState.DELAYED}),
    "processing": frozenset({JobState.RUNNING}),
    "completed": frozenset({JobState.COMPLETED}),
    "failed": frozenset({JobState.DEAD}),
    "cancelled": frozenset({JobState.CANCELLED}),
}
"""The job states behind each status of the HTTP contract."""
STATUS_OF = {state: status for status, states in STATES_OF.items() for state in states}
"""The word of the HTTP contract for each state."""
EVENT_OF = {JobState.COMPLETED: "completed", JobState.DEAD: "failed", JobState.CANCELLED: "failed"}
"""The event that ends a stream; every other change is ``progress``."""


def public_state(job: Job) -> dict[str, Any]:
    """What anybody may know of a job whose id they hold."""
    state: dict[str, Any] = {"jobId": job.id, "status": STATUS_OF[job.state]}
    if job.progress is not None and job.state not in FINISHED:
        progress = job.progress
        state["progress"] = progress.message
        state["progressDetail"] = {"stage": progress.stage, "done": progress.done, "total": progress.total}
    if job.error is not None and job.state is not JobState.COMPLETED:
        state["error"] = {"code": job.error.code, "message": job.error.message}
    return state


def job_view(job: Job, snapshot: Snapshot | None = None) -> dict[str, Any]:
    """A job for who holds a token; a completed one with its result."""
    state = public_state(job)
    view: dict[str, Any] = {
        "id": state.pop("jobId"),
        **state,
        "listRef": str(job.ref),
        "attempts": job.attempts,
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
        "retryAt": job.due_at,
        "correlationId": job.correlation_id,
        "summary": job.summary,
        "history": [_attempt(attempt) for attempt in job.history],
    }
    if "error" in view:  # the contract's error is a sentence; its stable code stands beside it
        error = view.pop("error")
        view |= {"error": error["message"], "errorCode": error["code"]}
    if snapshot is not None and job.state is JobState.COMPLETED:
        view["result"] = document(snapshot)
    return {name: value for name, value in view.items() if value is not None}


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "worker": attempt.worker,
        "startedAt": attempt.started_at,
        "endedAt": attempt.ended_at,
        "outcome": attempt.outcome,
        "error": attempt.error.code if attempt.error else None,
    }
