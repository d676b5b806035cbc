"""How does an attempt at a job end? Whatever happens becomes an Outcome."""

import random
from collections.abc import Awaitable, Callable

from watchsync import logs
from watchsync.errors import BrowserLost, PageTimeout, WatchsyncError
from watchsync.job import Completed, Job, Outcome, Progress
from watchsync.work_limit import work_limit
from watchsync.worker.verdict import verdict

ReportProgress = Callable[[Progress], None]
Run = Callable[[Job, ReportProgress], Awaitable[Completed]]
_BROWSERS = 3
"""A job is not to blame for a lost browser, unless it loses one after the other."""
_log = logs.get(__name__)


async def attempt(
    job: Job, run: Run, report: ReportProgress, *, deadline_seconds: float, rng: random.Random
) -> Outcome:
    """Run a job within its deadline and return how that ended. Only a cancellation is raised.

    Time in which the job waits for its turn at a site does not count.
    """
    try:
        async with work_limit(deadline_seconds):
            done = await _run(job, run, report)
    except TimeoutError:
        late = PageTimeout(f"The sync took longer than {deadline_seconds:g} seconds; we try again.")
        outcome: Outcome = verdict(late, job, rng)
    except WatchsyncError as error:
        outcome = verdict(error, job, rng)
    except Exception as error:  # noqa: BLE001 - whatever it was, one job fails and not the worker
        _log.exception("attempt.failed")
        outcome = verdict(error, job, rng)
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
            _log.warning("browser.lost", error=str(error))
    raise BrowserLost
