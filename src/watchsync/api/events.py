"""How far is my sync? What anybody may know of a job whose id they hold: no token, and no more than this."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, suppress
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from watchsync.api.context import QUEUE, STOPPING
from watchsync.api.cors import any_origin
from watchsync.api.job_ids import job_id_of
from watchsync.api.openapi import takes
from watchsync.api.response_schemas import SyncState
from watchsync.api.streams import STREAMS
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
    errors=(404, 429, 503),
    reads=[LAST_EVENT_ID],
    produces="text/event-stream",
)
@any_origin
async def _events(request: web.Request) -> web.StreamResponse:
    return await events(request)


@takes("How far a sync is", tag="sync", answers={200: SyncState}, errors=(404, 503))
async def _state(request: web.Request) -> web.Response:
    job = await request.app[QUEUE].lookup.get(job_id_of(request))
    return web.json_bytes_response(public_state(job), dumps=orjson.dumps, headers={"Cache-Control": "no-store"})


async def events(request: web.Request) -> web.StreamResponse:
    """Each change as an event whose id lets a client that comes back go on where it was."""
    with request.app[STREAMS].following(request):
        async with (
            request.app[QUEUE].lookup.watch(job_id_of(request)) as changes,
            sse_response(request) as stream,
        ):
            # Whoever closes the tab ends the stream; that is no fault of anybody.
            with suppress(ConnectionError, TimeoutError):
                await _send_all(stream, changes, request)
    return stream


async def _send_all(stream: EventSourceResponse, changes: AsyncIterator[Job], request: web.Request) -> None:
    seen = _sequence(request.headers.get("Last-Event-ID", ""))
    await stream.send("{}", event="hello", retry=_RECONNECT_MILLISECONDS)
    ends = (request.app[STOPPING].wait(), stream.wait())
    async with aclosing(_until_stopped(changes, *ends)) as until_stopped:
        async for job in until_stopped:
            if job.seq <= seen and job.state not in FINISHED:
                continue
            seen = job.seq
            event = EVENT_OF.get(job.state, "progress")
            await stream.send(orjson.dumps(public_state(job)).decode(), id=str(job.seq), event=event)


async def _until_stopped(changes: AsyncIterator[Job], *ends: Coroutine[Any, Any, Any]) -> AsyncGenerator[Job]:
    """The changes, until one of ``ends`` comes or Redis goes away: the client then comes back by itself."""
    stopped: list[asyncio.Future[Any]] = [asyncio.create_task(end) for end in ends]
    waiting = stopped
    try:
        while True:
            change = asyncio.ensure_future(anext(changes, None))
            waiting = [*stopped, change]
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
