"""What do the dead-letter commands do?"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import typer

from watchsync import settings as setting
from watchsync.cli.terminal import job_line, job_lines
from watchsync.cli.wiring import with_backend, with_redis
from watchsync.job import Job
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.redaction import shown

Say = Callable[[str], None]
_AT_ONCE = 200


async def show_all(say: Say) -> None:
    """Every dead letter, newest first."""
    async with _queue() as queue:
        count = 0
        async for job in _dead(queue):
            say(job_line(job))
            count += 1
        say(f"{count} dead letter{'' if count == 1 else 's'}")


async def show(job_id: str, say: Say) -> None:
    """One job in full."""
    async with _queue() as queue:
        for line in job_lines(await queue.lookup.get(job_id)):
            say(line)


async def requeue(job_ids: Iterable[str], say: Say, *, every: bool) -> None:
    """Send dead jobs round again with fresh attempts."""
    async with _queue() as queue:
        if every:
            done = await queue.dead_letters.requeue_all()
            busy = f"; {len(done.left)} stay, since their lists have an active job" if done.left else ""
            say(f"{len(done.requeued)} requeued{busy}")
            return
        for job_id in job_ids:
            job = await queue.dead_letters.requeue(job_id)
            say(f"{job.id} is {job.state} again")


async def purge(say: Say) -> None:
    """Drop every dead letter."""
    async with _queue() as queue:
        say(f"{await queue.dead_letters.purge()} dropped")


async def _dead(queue: Queue) -> AsyncIterator[Job]:
    cursor: str | None = None
    while True:
        page = await queue.dead_letters.list(cursor=cursor, limit=_AT_ONCE)
        for job in page.jobs:
            yield job
        if page.cursor is None:
            return
        cursor = page.cursor


@asynccontextmanager
async def _queue() -> AsyncIterator[Queue]:
    """The queue; says beside the answer which Redis it is in, for many a shell names another than was meant."""
    async with (
        with_redis(setting.load(), join=True) as settings,
        with_backend(settings, Metrics()) as backend,
    ):
        typer.echo(f"Redis: {shown(settings.redis_address)}", err=True)
        yield backend.queue
