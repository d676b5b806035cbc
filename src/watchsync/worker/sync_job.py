"""How does a job become a stored snapshot?"""

from collections.abc import Callable

from watchsync.catalog.store import SnapshotStore
from watchsync.job import Completed, Job, Lane, Progress
from watchsync.metrics import Metrics
from watchsync.sync.run import Sync


class SyncJob:
    """Runs one sync and returns what its completion writes."""

    def __init__(self, sync: Sync, store: SnapshotStore, metrics: Metrics) -> None:
        self._sync = sync
        self._store = store
        self._metrics = metrics

    async def __call__(self, job: Job, report: Callable[[Progress], None]) -> Completed:
        """Raises what the sync raises."""
        synced = await self._sync.run(job.ref, report, force=job.force, facts_will_do=job.lane is Lane.SCHEDULED)
        snapshot, reading = synced.snapshot, synced.snapshot.reading
        self._metrics.snapshots_made.labels(completeness=snapshot.completeness.value).inc()
        summary: dict[str, int | str] = {
            "titles": len(snapshot.titles),
            "rows": reading.rows,
            "leftOut": sum(reading.left_out.values()),
            "pages": reading.pages,
            "strategy": reading.strategy,
            "form": reading.form,
            "completeness": snapshot.completeness.value,
            "missing": reading.missing,
            "unenriched": len(snapshot.unenriched),
            "unchanged": synced.is_unchanged,
        }
        if reading.total is not None:
            summary["total"] = reading.total
        return Completed(await self._store.writes(snapshot), summary)
