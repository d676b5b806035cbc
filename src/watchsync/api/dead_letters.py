"""The dead letters over HTTP, for operators: look, send round again, drop."""

from typing import Any

import orjson
from aiohttp import web

from watchsync.api.context import QUEUE
from watchsync.api.job_ids import job_id_of
from watchsync.api.openapi import takes
from watchsync.api.response_schemas import DeadLetter, DeadLetterList, Job as JobSchema, Purged, Requeued
from watchsync.api.schemas import PageQuery
from watchsync.api.views import job_view
from watchsync.errors import JobNotFound
from watchsync.http.access import requires_scope
from watchsync.job import Job, JobState


def routes() -> list[web.RouteDef]:
    """Everything under ``/admin/dead``; needs the scope ``admin``."""
    return [
        web.get("/admin/dead", _list, allow_head=False),
        web.delete("/admin/dead", _purge),
        web.post("/admin/dead/requeue", _requeue_all),
        web.get("/admin/dead/{id}", _show, allow_head=False),
        web.post("/admin/dead/{id}/requeue", _requeue),
    ]


@takes("Dead letters, the latest first", tag="admin", answers={200: DeadLetterList}, errors=(400, 503), query=PageQuery)
@requires_scope("admin")
async def _list(request: web.Request) -> web.Response:
    data = request["data"]
    page = await request.app[QUEUE].dead_letters.list(cursor=data.get("cursor"), limit=data["limit"])
    return _json({"jobs": [_letter(job) for job in page.jobs], "cursor": page.cursor})


@takes("One dead letter: error, payload, attempts", tag="admin", answers={200: DeadLetter}, errors=(404, 503))
@requires_scope("admin")
async def _show(request: web.Request) -> web.Response:
    job = await request.app[QUEUE].lookup.get(job_id_of(request))
    if job.state is not JobState.DEAD:
        raise JobNotFound(f"The job is {job.state}, not a dead letter.")
    return _json(_letter(job))


@takes("Requeue one, with fresh attempts", tag="admin", answers={200: JobSchema}, errors=(404, 409, 415, 503))
@requires_scope("admin")
async def _requeue(request: web.Request) -> web.Response:
    return _json(job_view(await request.app[QUEUE].dead_letters.requeue(job_id_of(request))))


@takes("Requeue all; those whose list has an active job stay", tag="admin", answers={200: Requeued}, errors=(415, 503))
@requires_scope("admin")
async def _requeue_all(request: web.Request) -> web.Response:
    done = await request.app[QUEUE].dead_letters.requeue_all()
    return _json({"requeued": len(done.requeued), "left": len(done.left)})


@takes("Drop every dead letter", tag="admin", answers={200: Purged}, errors=(503,))
@requires_scope("admin")
async def _purge(request: web.Request) -> web.Response:
    return _json({"dropped": await request.app[QUEUE].dead_letters.purge()})


def _letter(job: Job) -> dict[str, Any]:
    payload = {
        "listRef": str(job.ref),
        "lane": job.lane,
        "forceRefresh": job.force,
        "callbackUrl": job.callback_url,
    }
    return {**job_view(job), "payload": payload}


def _json(body: object) -> web.Response:
    return web.json_bytes_response(body, dumps=orjson.dumps, headers={"Cache-Control": "no-store"})
