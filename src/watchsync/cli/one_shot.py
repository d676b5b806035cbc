"""The commands that look at one list and end: sync and compare."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import orjson
from rich.console import Console

from watchsync import logs, settings as setting
from watchsync.availability import RedisAvailability
from watchsync.catalog.document import document
from watchsync.catalog.store import SnapshotStore
from watchsync.cli import sync_progress, terminal
from watchsync.cli.difference import difference
from watchsync.cli.process_lifetime import Stop
from watchsync.cli.wiring import needing_the_worker, with_backend, with_redis, with_stand_ins, with_worker
from watchsync.errors import WatchsyncError
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
from watchsync.settings import Settings
from watchsync.snapshot import Completeness, Snapshot


class NotWhole(WatchsyncError):
    """Only a part of the list arrived, or nobody can tell."""

    code = "partial"
    exit_code = 3


async def sync(
    ref: ListRef, stop: Stop, out: Console, err: Console, *, force: bool, wait: bool, demo: bool, as_json: bool
) -> None:
    """Sync one list with a worker of this process's own, and show what it holds."""
    metrics = Metrics()
    availability = RedisAvailability(metrics)
    async with (
        chosen_settings(demo) as given,
        with_redis(given, join=not demo) as settings,
        with_worker(settings, metrics, availability, stop, probe_port=None),
        with_backend(settings, metrics) as backend,
    ):
        snapshot = await sync_progress.sync(backend, ref, err, force=force, wait=wait)
    _show(snapshot, out, as_json=as_json)
    if not snapshot.is_full:
        raise NotWhole(_doubt(ref, snapshot))


def _doubt(ref: ListRef, snapshot: Snapshot) -> str:
    if snapshot.reading.bound is not None:
        return f"{ref} is longer than we read: this is the first {snapshot.reading.bound:,} rows of it."
    if snapshot.completeness is Completeness.UNKNOWN:
        return f"The page of {ref} does not say how long the list is, so this may be a part of it."
    return f"Only a part of {ref} arrived. Sync again."


async def compare(ref: ListRef, out: Console, err: Console, *, demo: bool) -> None:
    """Read a list from the site and show how it differs from the stored snapshot; nothing is stored."""
    with needing_the_worker():
        from watchsync.worker.app import open_reader
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        given = await stack.enter_async_context(chosen_settings(demo))
        settings = await stack.enter_async_context(with_redis(given, join=not demo))
        backend = await stack.enter_async_context(with_backend(settings, metrics))
        stored = await SnapshotStore(backend.client).load(ref)
        reader = await stack.enter_async_context(open_reader(settings, metrics))
        with err.status("Reading the list") as status:
            now = await reader.read(ref, lambda progress: status.update(progress.message))
    if stored is None:
        err.print(f"No snapshot of {ref} is stored yet.", markup=False, highlight=False)
    for line in difference(stored, now).lines():
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@asynccontextmanager
async def chosen_settings(demo: bool) -> AsyncIterator[Settings]:
    """The settings, or those of the stand-in sites; only warnings are logged unless a level was chosen."""
    async with AsyncExitStack() as stack:
        if demo:
            settings = await stack.enter_async_context(with_stand_ins(None))
        else:
            settings = setting.load()
        chosen = setting.sources(settings)["log_level"] != "default"
        logs.configure(settings.log_level if chosen else "warning", settings.log_format)
        yield settings


def _show(snapshot: Snapshot, out: Console, *, as_json: bool) -> None:
    if as_json:
        out.file.write(orjson.dumps(document(snapshot), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        out.print(terminal.titles(snapshot))
