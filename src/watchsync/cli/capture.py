"""The commands for those who mend the reading: capture a list's answers in a file, and read such a file again."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from watchsync.cli.one_shot import chosen_settings
from watchsync.cli.wiring import needing_the_worker, with_redis
from watchsync.errors import BrowserUnavailable, ListUnreadable, OriginRefusal, PageFault, PoolExhausted
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
from watchsync.settings import Settings
from watchsync.snapshot import Reading, Snapshot
from watchsync.sync.run import IsEnough, Reader, ReportProgress, Sync
from watchsync.titles import Title
from watchsync.tmdb.enrich import Enriched

with needing_the_worker():
    from watchsync.imdb.capture_file import CapturedList, read, written
    from watchsync.imdb.capture_recording import Recording
    from watchsync.imdb.capture_replay import ReplayReader
    from watchsync.worker.app import open_reader

_ANSWERED = (ListUnreadable, OriginRefusal, PageFault, BrowserUnavailable, PoolExhausted)
"""Endings that are told by what was answered, so that a capture shows them."""
Say = Callable[[str], None]


async def capture(ref: ListRef, path: Path, say: Say, *, demo: bool) -> None:
    """Read a list as a worker would, with nothing known of it, and write each answer into a file."""
    async with AsyncExitStack() as stack:
        given = await stack.enter_async_context(chosen_settings(demo))
        settings = await stack.enter_async_context(with_redis(given, join=not demo))
        file, outcome = await captured(ref, settings)
    await asyncio.to_thread(path.write_bytes, file)
    _show(outcome, say)
    typer.echo(f"Wrote {path}. Look at it ('gzip -dc {path} | less'), then attach it to your report.", err=True)


async def replay(path: Path, say: Say) -> None:
    """Read a captured list again, without a network, and say how it ends; raises NoCapture and NotCaptured."""
    found = read(await asyncio.to_thread(path.read_bytes))
    _show(await replayed(found), say)


async def captured(ref: ListRef, settings: Settings) -> tuple[bytes, dict[str, Any]]:
    """The file of a list's capture, and how the reading ended."""
    recording = Recording()
    async with open_reader(settings, Metrics(), recording) as reader:
        outcome = await outcome_of(_Counted(reader, recording), ref)
    ways = ["remote-page" if each == "page" and settings.browser_url else each for each in settings.imdb_strategies]
    return written(ref, ways, settings.imdb_url, recording, outcome), outcome


async def replayed(found: CapturedList) -> dict[str, Any]:
    """How the reading of a capture ends."""
    return await outcome_of(ReplayReader(found), found.ref)


async def outcome_of(reader: Reader, ref: ListRef) -> dict[str, Any]:
    """How a first sync of a list ends, without anything that names it."""
    sync = Sync(reader, _NothingMore(), _NothingKnown(), lambda: datetime.now(UTC))
    try:
        synced = await sync.run(ref, _quietly)
    except _ANSWERED as error:
        return {"outcome": "failed", "error": error.code}
    return {"outcome": "completed", **_told(synced.snapshot)}


def _told(snapshot: Snapshot) -> dict[str, Any]:
    reading = snapshot.reading
    return {
        "strategy": reading.strategy,
        "form": reading.form,
        "completeness": snapshot.completeness.value,
        "rows": reading.rows,
        "total": reading.total,
        "titles": len(reading.titles),
        "duplicates": reading.duplicates,
        "folded": reading.folded,
        "leftOut": dict(sorted(reading.left_out.items())),
        "pages": reading.pages,
    }


def _show(outcome: dict[str, Any], say: Say) -> None:
    for name, value in outcome.items():
        say(f"{name.ljust(_WIDTH)} {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count:,} {kind}" for kind, count in value.items()) or "nothing"
    return f"{value:,}" if isinstance(value, int) else str(value)


_WIDTH = 12


def _quietly(_: Progress) -> None:
    return


class _Counted:
    """A reader whose readings are told apart in its recording."""

    def __init__(self, reader: Reader, recording: Recording) -> None:
        self._reader = reader
        self._recording = recording

    async def read(self, ref: ListRef, report: ReportProgress, is_enough: IsEnough) -> Reading:
        self._recording.reading += 1
        return await self._reader.read(ref, report, is_enough)


class _NothingKnown:
    async def load(self, _: ListRef) -> Snapshot | None:
        return None


class _NothingMore:
    """No TMDB: a capture is of what IMDb answers."""

    async def enrich(self, titles: Sequence[Title], _: ReportProgress) -> Enriched:
        return Enriched(tuple(titles))
