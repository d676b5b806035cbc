"""The worker contract: jobs over HTTP, for those who hold a token."""

from datetime import timedelta
from typing import Any, Final

import orjson
from aiohttp import web
from ulid import ULID

from watchsync.api.access import requires_scope
from watchsync.api.context import CLOCK, CORRELATION, PEER, QUEUE, SETTINGS, SNAPSHOTS
from watchsync.api.events import events
from watchsync.api.limits import Limits
from watchsync.api.openapi import takes
from watchsync.api.problems import FieldError, Invalid
from watchsync.api.schemas import JobHeaders, JobRequest, JobsQuery, SyncRequest
from watchsync.api.submission import Submission, Submitted
from watchsync.api.views import STATES_OF, STATUS_OF, job_view
from watchsync.catalog.document import document
from watchsync.errors import InvalidRef
from watchsync.job import Job, JobState, NewJob
from watchsync.queue.producer import IdempotencyKey
from watchsync.refs import ListRef

_NO_STORE: Final = {"Cache-Control": "no-store"}
PER_ADDRESS: Final = web.AppKey("PER_ADDRESS", Limits)
PER_LIST: Final = web.AppKey("PER_LIST", Limits)
"""Limits of the route that needs no token."""


def routes() -> list[web.RouteDef]:
    """Jobs, and the one route by which anybody may ask for a sync."""
    return [
        web.post("/jobs", _create),
        web.get("/jobs", _list, allow_head=False),
        web.get("/jobs/{id}", _show, allow_head=False),
        web.delete("/jobs/{id}", _cancel),
        web.get("/jobs/{id}/events", _events, allow_head=False),
        web.post("/api/sync", _sync),
    ]


@takes("Sync a list, or answer its fresh snapshot", body=JobRequest, headers=JobHeaders)
@requires_scope("jobs-write")
async def _create(request: web.Request) -> web.Response:
    data = request["data"]
    new = _new_job(request, data, "imdbUserId")
    key = request["headers_data"].get("idempotency_key")
    idempotency = None
    if key:
        fingerprint = orjson.dumps([str(new.ref), new.force, new.callback_url]).decode()
        idempotency = IdempotencyKey(request.headers.get("Authorization", ""), key, fingerprint)
    submitted = await _submission(request).start(new, idempotency)
    body = _submitted(submitted)
    if submitted.snapshot is not None:
        body |= {"cached": True, "result": document(submitted.snapshot)}
        return _json(body)
    return _json(body, 202, {"Location": f"/jobs/{body['jobId']}"})


@takes("Jobs, newest first", query=JobsQuery)
@requires_scope("jobs-read")
async def _list(request: web.Request) -> web.Response:
    data = request["data"]
    status = data.get("status")
    page = await request.app[QUEUE].lookup.find(
        ref=_parsed(data["user"], "/user") if "user" in data else None,
        states=STATES_OF[status] if status else None,
        cursor=data.get("cursor"),
        limit=data["limit"],
    )
    return _json({"jobs": [job_view(job) for job in page.jobs], "cursor": page.cursor})


@takes("One job; with its result once it is completed")
@requires_scope("jobs-read")
async def _show(request: web.Request) -> web.Response:
    job = await request.app[QUEUE].lookup.get(request.match_info["id"])
    snapshot = await request.app[SNAPSHOTS].load(job.ref) if job.state is JobState.COMPLETED else None
    return _json(job_view(job, snapshot))


@takes("Cancel a job, also while it runs")
@requires_scope("jobs-write")
async def _cancel(request: web.Request) -> web.Response:
    return _json(job_view(await request.app[QUEUE].producer.cancel(request.match_info["id"])))


@takes("A job's events: progress, completed, failed", produces="text/event-stream")
@requires_scope("jobs-read")
async def _events(request: web.Request) -> web.StreamResponse:
    return await events(request)


@takes("Sync a public list; answers at once", tag="sync", body=SyncRequest)
async def _sync(request: web.Request) -> web.Response:
    new = _new_job(request, request["data"], "userId")
    await request.app[PER_ADDRESS].take(request[PEER])
    await request.app[PER_LIST].take(str(new.ref))
    submitted = await _submission(request).start(new)
    return _json({**_submitted(submitted), "listRef": str(new.ref)}, 200 if submitted.snapshot else 202)


def _new_job(request: web.Request, data: dict[str, Any], user_key: str) -> NewJob:
    pointer = "/listRef" if "list_ref" in data else f"/{user_key}"
    return NewJob(
        id=str(ULID()),
        ref=_parsed(data.get("list_ref") or data["user_id"], pointer),
        force=data["force_refresh"],
        callback_url=data.get("callback_url"),
        correlation_id=request.get(CORRELATION),
    )


def _parsed(text: str, pointer: str) -> ListRef:
    try:
        return ListRef.parse(text)
    except InvalidRef as error:
        raise Invalid([FieldError(pointer, str(error))]) from error


def _submission(request: web.Request) -> Submission:
    app = request.app
    max_age = timedelta(hours=app[SETTINGS].max_age_hours)
    return Submission(app[QUEUE], app[SNAPSHOTS], app[CLOCK], max_age)


def _submitted(submitted: Submitted) -> dict[str, Any]:
    status = "completed" if submitted.snapshot is not None else _asked_status(submitted.job)
    return {"jobId": submitted.job.id if submitted.job else None, "status": status}


def _asked_status(job: Job | None) -> str:
    """A job that was just asked for is pending until it is done, whether or not it runs already."""
    status = STATUS_OF[job.state] if job else "pending"
    return "pending" if status == "processing" else status


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_bytes_response(body, dumps=orjson.dumps, status=status, headers={**_NO_STORE, **(headers or {})})
