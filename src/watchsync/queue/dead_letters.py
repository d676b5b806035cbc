"""Which jobs were given up, and what becomes of them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from watchsync import keys
from watchsync.errors import BadInput, IllegalMove, JobNotFound
from watchsync.job import Job
from watchsync.metrics import Metrics
from watchsync.queue.lookup import JobPage
from watchsync.queue.reads import Reads
from watchsync.queue.scripts import Scripts

_EVERY_DEAD_LETTER = 1000


@dataclass(frozen=True, slots=True)
class Requeued:
    """Ids of the jobs that went back to work, and of those that stay because their list has an active job."""

    requeued: tuple[str, ...]
    left: tuple[str, ...]


class DeadLetters:
    """Lists, requeues and purges dead letters. Every method raises RedisUnavailable when Redis does not answer."""

    def __init__(self, scripts: Scripts, reads: Reads, metrics: Metrics) -> None:
        self._scripts = scripts
        self._reads = reads
        self._metrics = metrics

    async def list(self, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        """Dead letters, the latest first; raises BadInput for a cursor that is not ours.

        There are a thousand at most, so all their ids are one small answer.
        """
        below = _place(cursor)
        found: Sequence[tuple[bytes, float]] = await self._reads.once(
            lambda client: client.zrange(keys.DEAD, 0, -1, desc=True, withscores=True, score_cast_func=float)
        )
        places = [(int(died_ms), name.decode(errors="replace")) for name, died_ms in found if isfinite(died_ms)]
        rest = [place for place in places if below is None or place < below]
        chosen = rest[:limit]
        jobs = await self._reads.jobs([job_id for _, job_id in chosen])
        return JobPage(tuple(jobs), f"{chosen[-1][0]}-{chosen[-1][1]}" if len(rest) > limit else None)

    async def requeue(self, job_id: str) -> Job:
        """Put a dead job back to work with fresh attempts; raises JobNotFound, IllegalMove."""
        job = await self._scripts.requeue(job_id)
        self._metrics.jobs_requeued.inc()
        return job

    async def requeue_all(self) -> Requeued:
        """Put every dead job back to work, but for those whose list has an active job."""
        requeued: list[str] = []
        left: list[str] = []
        for job in (await self.list(limit=_EVERY_DEAD_LETTER)).jobs:
            try:
                await self.requeue(job.id)
                requeued.append(job.id)
            except (IllegalMove, JobNotFound):
                left.append(job.id)
        return Requeued(tuple(requeued), tuple(left))

    async def purge(self) -> int:
        """Drop every dead letter; return how many."""
        dropped = await self._scripts.purge()
        self._metrics.queue_jobs.labels(state="dead").set(0)
        return dropped


def _place(cursor: str | None) -> tuple[int, str] | None:
    """When the last letter of the page before died, and its id."""
    if cursor is None:
        return None
    died_ms, _, job_id = cursor.partition("-")
    if not (died_ms.isascii() and died_ms.isdecimal() and job_id):
        raise BadInput(f"'{cursor}' is not a cursor; use the one that the page before gave.")
    return int(died_ms), job_id
