"""How far is my sync? What anybody may know of a job whose id they hold: no token, and no more than this."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp_sse import sse_response

from watchsync.api.context import QUEUE, STOPPING
from watchsync.api.openapi import takes
from watchsync.api.response_schemas import SyncState
from watchsync.api.views import EVENT_OF, public_state
from watchsync.errors import RedisUnavailable
from watchsync.job import FINISHED, Job

LAST_EVENT_ID: Final = (
    "header",
    "Last-Event-ID",
    "The last event that you saw; later ones follow, and always the end.",
)
_RECONNECT_MILLISECONDS: Final = 2000


def routes() -> list[web.RouteDef]:
    """The state of a sync, once and live."""
    return [
        web.get("/api/sync/{id}", _state),
        web.get("/api/sync/{id}/events", _events, allow_head=False),
    ]


@takes(
    "A sync's events",
    tag="sync",
    answers={200: "Server-Sent Events; the data of each is a SyncState."},
    errors=(404, 503),
    reads=[LAST_EVENT_ID],
    produces="text/event-stream",
)
async def _events(request: web.Request) -> web.StreamResponse:
    return await events(request)


@takes("How far a sync is", tag="sync", answers={200: SyncState}, errors=(404, 503))
async def _state(request: web.Request) -> web.Response:
    job = await request.app[QUEUE].lookup.get(request.match_info["id"])
    return web.json_bytes_response(public_state(job), dumps=orjson.dumps, headers={"Cache-Control": "no-store"})


async def events(request: web.Request) -> web.StreamResponse:
    """Each change as an event whose id lets a client that comes back go on where it was."""
    seen = _sequence(request.headers.get("Last-Event-ID", ""))
    async with (
        request.app[QUEUE].lookup.watch(request.match_info["id"]) as changes,
        sse_response(request) as stream,
    ):
        await stream.send("{}", event="hello", retry=_RECONNECT_MILLISECONDS)
        async with aclosing(_until_stopped(changes, request.app[STOPPING])) as until_stopped:
            async for job in until_stopped:
                if job.seq <= seen and job.state not in FINISHED:
                    continue
                seen = job.seq
                event = EVENT_OF.get(job.state, "progress")
                await stream.send(orjson.dumps(public_state(job)).decode(), id=str(job.seq), event=event)
    return stream


async def _until_stopped(changes: AsyncIterator[Job], stopping: asyncio.Event) -> AsyncGenerator[Job]:
    """The changes, until this process stops or Redis goes away: the client then comes back by itself."""
    stopped = asyncio.create_task(stopping.wait())
    waiting: list[asyncio.Future[Any]] = [stopped]
    try:
        while True:
            change = asyncio.ensure_future(anext(changes, None))
            waiting = [stopped, change]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            job = change.result() if change.done() else None
            if job is None:
                return
            yield job
    except RedisUnavailable:
        return
    finally:
        # Also when the client goes away, which ends this from outside.
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _sequence(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1
