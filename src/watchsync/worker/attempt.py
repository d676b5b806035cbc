"""One attempt at a job: what happened becomes an Outcome, and nothing else leaves this room."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from watchsync import logs
from watchsync.errors import BrowserLost, PageTimeout, WatchsyncError
from watchsync.job import Completed, Job, Outcome, Progress
from watchsync.worker.verdict import verdict

ReportProgress = Callable[[Progress], None]
Run = Callable[[Job, ReportProgress], Awaitable[Completed]]
_BROWSERS = 3
"""A job is not to blame for the end of its browser, unless it sees the end of one after the other."""
_log = logs.get(__name__)


async def attempt(
    job: Job, run: Run, report: ReportProgress, *, deadline_seconds: float, rng: random.Random
) -> Outcome:
    """Run a job within its deadline and say how that ended. Only a cancellation is raised."""
    try:
        async with asyncio.timeout(deadline_seconds):
            done = await _run(job, run, report)
    except TimeoutError:
        late = PageTimeout(f"The sync took longer than {deadline_seconds:g} seconds; we try again.")
        outcome: Outcome = verdict(late, job.attempts, rng)
    except WatchsyncError as error:
        outcome = verdict(error, job.attempts, rng)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is one job's failure and not the worker's
        _log.exception("attempt.unexpected")
        outcome = verdict(error, job.attempts, rng)
    else:
        outcome = done
    return outcome


async def _run(job: Job, run: Run, report: ReportProgress) -> Completed:
    for browsers_left in reversed(range(_BROWSERS)):
        try:
            return await run(job, report)
        except BrowserLost as error:
            if not browsers_left:
                raise
            _log.warning("attempt.browser_lost", error=str(error))
    raise BrowserLost
