"""How does a person follow a sync in a terminal?"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress as Bar, TaskID, TextColumn, TimeElapsedColumn

from watchsync.catalog.store import SnapshotStore
from watchsync.cli.wiring import Backend
from watchsync.errors import ListUnreadable, OriginRefusal, PartialRead, WatchsyncError
from watchsync.job import FINISHED, Job, JobState
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot
from watchsync.sync.due import Asker
from watchsync.sync.submission import SyncRequest

_WAITING = "Waiting for a worker"


class SyncFailed(WatchsyncError):
    """The sync did not succeed."""

    code = "sync-failed"
    exit_code = 1


class SiteRefuses(SyncFailed):
    """IMDb is refusing this server."""

    exit_code = 4


class CannotBeRead(SyncFailed):
    """IMDb does not show this list."""

    exit_code = 5


class PartArrived(SyncFailed):
    """Only a part of the list arrived."""

    exit_code = 3


async def sync(backend: Backend, ref: ListRef, console: Console, *, force: bool, wait: bool) -> Snapshot:
    """Ask for a sync, show its progress until it ends, and answer what it stored.

    Without ``wait`` it ends as soon as an attempt failed; the queue goes on retrying. Raises SyncFailed, SiteRefuses,
    CannotBeRead or PartArrived.
    """
    request = SyncRequest(ref=ref, asker=Asker.OPERATOR, force=force)
    submission = await backend.submitter.submit(request, None)
    if submission.job is None:
        raise SyncFailed
    async with backend.queue.lookup.watch(submission.job.id) as changes:
        job = await _last(changes, console, wait=wait)
    if job.state is not JobState.COMPLETED:
        raise _failure(job)
    snapshot = await SnapshotStore(backend.client).load(ref)
    if snapshot is None:
        raise SyncFailed("The sync ended, but its snapshot cannot be read; sync again.")
    return snapshot


def _failure(job: Job) -> SyncFailed:
    if job.error is None:
        return SyncFailed(f"The sync was {job.state}.")
    kind = next((kind for branch, kind in _KIND_OF.items() if job.error.code in _codes_below(branch)), SyncFailed)
    return kind(job.error.message)


def _codes_below(branch: type[WatchsyncError]) -> frozenset[str]:
    return frozenset({branch.code}).union(*map(_codes_below, branch.__subclasses__()))


_KIND_OF: dict[type[WatchsyncError], type[SyncFailed]] = {
    OriginRefusal: SiteRefuses,
    ListUnreadable: CannotBeRead,
    PartialRead: PartArrived,
}


async def _last(changes: AsyncIterator[Job], console: Console, *, wait: bool) -> Job:
    job: Job | None = None
    with _shown(console) as show:
        async for job in changes:
            show.see(job)
            if job.state is JobState.DELAYED and job.error and not wait:
                break
    if job is None:
        raise SyncFailed
    return job


@contextmanager
def _shown(console: Console) -> Iterator["_Terminal | _Lines"]:
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=40),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        yield _Terminal(bar)


class _Terminal:
    """A bar that moves."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID = bar.add_task(_WAITING, total=None)

    def see(self, job: Job) -> None:
        told = job.progress
        total, done = (told.total, told.done) if told else (None, 0)
        self._bar.update(self._task, description=_sentence(job), total=total, completed=done)


class _Lines:
    """One line for each change, where the output is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = ""

    def see(self, job: Job) -> None:
        sentence = _sentence(job)
        if sentence != self._said and job.state not in FINISHED:
            self._said = sentence
            self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _sentence(job: Job) -> str:
    if job.state is JobState.DELAYED and job.error:
        return f"{job.error.message} (attempt {job.attempts})"
    return job.progress.message if job.progress else _WAITING
