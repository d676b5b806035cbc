"""What anybody may see of a sync."""

from catalog_samples import job
from watchsync.api.events import public_state
from watchsync.job import JobError, JobState, Progress


def test_a_running_sync_shows_its_progress_and_nothing_of_its_caller():
    running = job(
        JobState.RUNNING,
        callback_url="https://secret.example",
        correlation_id="abc",
        progress=Progress("reading", "Reading titles", 250, 812),
    )
    assert public_state(running) == {
        "jobId": "01JOB",
        "status": "processing",
        "progress": "Reading titles",
        "progressDetail": {"stage": "reading", "done": 250, "total": 812},
    }


def test_a_failed_sync_shows_why():
    failed = job(JobState.DEAD, error=JobError("private", "Open it."), progress=Progress("reading", "…"))
    assert public_state(failed) == {
        "jobId": "01JOB",
        "status": "failed",
        "error": {"code": "private", "message": "Open it."},
    }
