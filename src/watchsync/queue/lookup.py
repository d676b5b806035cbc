"""Which jobs are there, and how is this one doing?"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from watchsync import keys
from watchsync.errors import BadInput, JobNotFound
from watchsync.job import Job, JobState
from watchsync.queue.following import Following
from watchsync.queue.listener import Listener
from watchsync.queue.reads import Reads
from watchsync.refs import ListRef

_SCAN = 100
_SCANS = 10
_LONGEST_CURSOR = 40
_AFTER_EVERY_ID = "~"


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, newest first, and where the next page begins (``None`` at the end)."""

    jobs: tuple[Job, ...]
    cursor: str | None


class Lookup:
    """Finds and follows jobs. Every method raises RedisUnavailable when Redis does not answer."""

    def __init__(self, reads: Reads, listener: Listener) -> None:
        self._reads = reads
        self._following = Following(self.get, listener)

    async def get(self, job_id: str) -> Job:
        """The job with this id; raises JobNotFound."""
        found = await self._reads.jobs([job_id])
        if not found:
            raise JobNotFound
        return found[0]

    async def find(
        self,
        *,
        ref: ListRef | None = None,
        states: frozenset[JobState] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """Jobs, newest first, of one list or in some states only; raises BadInput for a cursor that is not ours."""
        if cursor is not None and not (cursor.isalnum() and cursor.isascii() and len(cursor) <= _LONGEST_CURSOR):
            raise BadInput(f"'{cursor}' is not a cursor; use the one that the page before gave.")
        found: list[Job] = []
        for _ in range(_SCANS):
            ids = await self._ids(ref, cursor, max(limit, _SCAN) if states else limit)
            for job in await self._reads.jobs(ids):
                cursor = job.id
                if states is None or job.state in states:
                    found.append(job)
                if len(found) == limit:
                    return JobPage(tuple(found), cursor)
            if len(ids) < limit:
                return JobPage(tuple(found), None)
            cursor = ids[-1]
        return JobPage(tuple(found), cursor)

    @asynccontextmanager
    async def watch(self, job_id: str) -> AsyncIterator[AsyncIterator[Job]]:
        """Follow a job: as it is now, then after each change, until it has ended. Raises JobNotFound on entering.

        Changes made by any process are seen; several quick ones may show as one. Each is read once for all who follow.
        """
        async with self._following.follow(job_id) as changes:
            yield changes

    async def _ids(self, ref: ListRef | None, cursor: str | None, count: int) -> list[str]:
        """Ids below ``cursor``, newest first. In one list's index the list stands before each id."""
        index, prefix = (keys.BY_LIST, f"{ref} ") if ref else (keys.CREATED, "")
        below = f"({prefix}{cursor or _AFTER_EVERY_ID}"
        names: Sequence[bytes] = await self._reads.once(
            lambda client: client.zrange(index, below, f"[{prefix}", desc=True, bylex=True, offset=0, num=count)
        )
        return [name.decode(errors="replace").removeprefix(prefix) for name in names]
