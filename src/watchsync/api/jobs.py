"""The worker contract: jobs over HTTP, for those who hold a token."""

from dataclasses import replace
from typing import Any, Final

import orjson
from aiohttp import web

from watchsync.api.context import QUEUE, SNAPSHOTS, SUBMITTER
from watchsync.api.events import LAST_EVENT_ID, events
from watchsync.api.job_ids import job_id_of
from watchsync.api.limits import FORCED, PER_ADDRESS, PER_LIST
from watchsync.api.openapi import takes
from watchsync.api.response_schemas import Job as JobSchema, JobList, SubmittedJob, SubmittedSync
from watchsync.api.schemas import JobHeaders, JobRequest, JobsQuery, SyncBody
from watchsync.api.views import STATES_OF, STATUS_OF, job_view
from watchsync.catalog.document import document
from watchsync.errors import InvalidRef
from watchsync.http.access import holds_token, requires_scope
from watchsync.http.context import CLIENT, CORRELATION
from watchsync.http.problems import FieldError, Invalid
from watchsync.job import Job, JobState
from watchsync.queue.producer import IdempotencyKey
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot
from watchsync.sync.due import Asker
from watchsync.sync.submission import Submission, SyncRequest

_NO_STORE: Final = {"Cache-Control": "no-store"}


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


@takes(
    "Sync a list, or answer its fresh snapshot",
    answers={200: SubmittedJob, 202: SubmittedJob},
    errors=(404, 503),
    body=JobRequest,
    headers=JobHeaders,
)
@requires_scope("jobs-write")
async def _create(request: web.Request) -> web.Response:
    data = request["data"]
    asked = replace(_asked(request, data, "imdbUserId"), budget_key=None)  # budgets are for those without a token
    if key := request["headers_data"].get("idempotency_key"):
        fingerprint = orjson.dumps([str(asked.ref), asked.force]).decode()
        idempotency = IdempotencyKey(request.headers.get("Authorization", ""), key, fingerprint)
        asked = replace(asked, idempotency=idempotency)
    snapshot = await _stored(request, asked)
    submission = await request.app[SUBMITTER].submit(asked, snapshot)
    body = _submitted(submission)
    if snapshot is not None and not submission.is_due:
        return _json(body | {"cached": True, "result": document(snapshot)})
    return _json(body, 202, {"Location": f"/jobs/{body['jobId']}"})


@takes("Jobs, newest first", answers={200: JobList}, errors=(400, 503), query=JobsQuery)
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


@takes("One job; with its result once it is completed", answers={200: JobSchema}, errors=(404, 503))
@requires_scope("jobs-read")
async def _show(request: web.Request) -> web.Response:
    job = await request.app[QUEUE].lookup.get(job_id_of(request))
    snapshot = await request.app[SNAPSHOTS].load(job.ref) if job.state is JobState.COMPLETED else None
    return _json(job_view(job, snapshot))


@takes("Cancel a job, also while it runs", answers={200: JobSchema}, errors=(404, 409, 503))
@requires_scope("jobs-write")
async def _cancel(request: web.Request) -> web.Response:
    return _json(job_view(await request.app[QUEUE].producer.cancel(job_id_of(request))))


@takes(
    "A job's events: progress, completed, failed",
    answers={200: "Server-Sent Events; the data of each is a SyncState."},
    errors=(404, 429, 503),
    reads=[LAST_EVENT_ID],
    produces="text/event-stream",
)
@requires_scope("jobs-read")
async def _events(request: web.Request) -> web.StreamResponse:
    return await events(request)


@takes(
    "Sync a public list; answers at once",
    tag="sync",
    answers={200: SubmittedSync, 202: SubmittedSync},
    errors=(429, 503),
    body=SyncBody,
)
async def _sync(request: web.Request) -> web.Response:
    asked = _asked(request, request["data"], "userId")
    caller = request[CLIENT].budget_key
    is_anonymous = not holds_token(request, "jobs-write")
    if is_anonymous:
        asked = replace(asked, budget_key=caller)

    async def admit() -> None:
        await request.app[PER_ADDRESS].take(caller)
        await request.app[PER_LIST].take(str(asked.ref))
        if asked.force and is_anonymous:
            await request.app[FORCED].take(str(asked.ref))

    submission = await request.app[SUBMITTER].submit(asked, await _stored(request, asked), admit=admit)
    body = {**_submitted(submission), "listRef": str(asked.ref)}
    if not submission.is_due:
        return _json(body)
    return _json(body, 202, {"Location": f"/api/sync/{body['jobId']}"})


def _asked(request: web.Request, data: dict[str, Any], user_key: str) -> SyncRequest:
    pointer = "/listRef" if "list_ref" in data else f"/{user_key}"
    return SyncRequest(
        ref=_parsed(data.get("list_ref") or data["user_id"], pointer),
        asker=Asker.PERSON,
        force=data["force_refresh"],
        correlation_id=request.get(CORRELATION),
    )


async def _stored(request: web.Request, asked: SyncRequest) -> Snapshot | None:
    """The list's snapshot, unless a sync is wanted at any rate."""
    return None if asked.force else await request.app[SNAPSHOTS].load(asked.ref)


def _parsed(text: str, pointer: str) -> ListRef:
    try:
        return ListRef.parse(text)
    except InvalidRef as error:
        raise Invalid([FieldError(pointer, str(error))]) from error


def _submitted(submission: Submission) -> dict[str, Any]:
    job = submission.job
    if not submission.is_due:  # the latest job may be another one than that which brought the snapshot
        return {"jobId": job.id if job and job.state is JobState.COMPLETED else None, "status": "completed"}
    return {"jobId": job.id if job else None, "status": _status(job)}


def _status(job: Job | None) -> str:
    """A job that was just asked for is pending until it is done, whether or not it runs already."""
    status = STATUS_OF[job.state] if job else "pending"
    return "pending" if status == "processing" else status


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_bytes_response(body, dumps=orjson.dumps, status=status, headers={**_NO_STORE, **(headers or {})})
