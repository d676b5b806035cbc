"""What anybody may see of a sync."""

import asyncio
from collections.abc import AsyncIterator

from catalog_samples import job
from watchsync.api.events import _until_stopped, public_state
from watchsync.job import Job, JobError, JobState, Progress


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


async def silent() -> AsyncIterator[Job]:
    """A job of which nothing is heard."""
    await asyncio.Event().wait()
    yield job(JobState.COMPLETED)


async def test_a_client_that_goes_away_leaves_no_task_behind():
    before = asyncio.all_tasks()
    stream = _until_stopped(silent(), asyncio.Event().wait())
    waiting = asyncio.create_task(anext(stream))
    while len(asyncio.all_tasks()) < len(before) + 3:
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await stream.aclose()
    assert asyncio.all_tasks() == before
