"""The list for other programs: a calendar of releases, Radarr's list, IMDb's columns."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from watchsync.api.addon_schemas import RadarrFilm
from watchsync.api.context import CODER, IMAGE_URLS, SNAPSHOT_CACHE
from watchsync.api.cors import any_origin
from watchsync.api.openapi import takes
from watchsync.catalog.freshness import CacheTimes
from watchsync.errors import RedisUnavailable
from watchsync.feeds.csv_export import csv_export
from watchsync.feeds.feed import Feed, assert_whole
from watchsync.feeds.radarr import radarr
from watchsync.feeds.releases import releases
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot
from watchsync.stremio.manifest import list_name
from watchsync.stremio.response import AddonResponse

_TIMES: Final = CacheTimes(900, 12 * 3600, 0)
"""Never served from a cache when we fail: what is handed on must be what we stand by."""
_ERRORS: Final = (404, 409, 422, 503)


def routes() -> list[web.RouteDef]:
    """Each form at its address."""
    return [
        web.get("/{config}/feeds/releases.ics", _releases),
        web.get("/{config}/feeds/radarr.json", _radarr),
        web.get("/{config}/feeds/list.csv", _csv),
    ]


@takes("A calendar of releases", tag="feeds", answers={200: "iCalendar.", 304: "You have it."}, errors=_ERRORS,
       produces="text/calendar")  # fmt: skip
@any_origin
async def _releases(request: web.Request) -> web.Response:
    """When each title of the list comes out."""
    return await _fed(request, lambda snapshot: releases(snapshot, list_name(snapshot.ref, snapshot.reading)))


@takes("The films for Radarr", tag="feeds", answers={200: RadarrFilm(many=True), 304: "You have it."}, errors=_ERRORS)
@any_origin
async def _radarr(request: web.Request) -> web.Response:
    """The list's films as Radarr reads them."""
    return await _fed(request, lambda snapshot: radarr(snapshot, request.app[IMAGE_URLS]))


@takes("The list as IMDb exports it", tag="feeds", answers={200: "CSV.", 304: "You have it."}, errors=_ERRORS,
       produces="text/csv")  # fmt: skip
@any_origin
async def _csv(request: web.Request) -> web.Response:
    """The list in IMDb's own columns."""
    return await _fed(request, csv_export)


async def _fed(request: web.Request, made: Callable[[Snapshot], Feed]) -> web.Response:
    ref = ListRef.parse(request.match_info["config"])
    found = await request.app[SNAPSHOT_CACHE].find(ref, recheck="no-cache" in request.headers.get("Cache-Control", ""))
    if found.loaded is None:
        if not found.redis_answered:
            raise RedisUnavailable
        raise web.HTTPNotFound(text="This list was not synced yet. Open its catalog, or POST /api/sync.")
    assert_whole(found.loaded.snapshot)
    feed = made(found.loaded.snapshot)
    coded = request.app[CODER].code(AddonResponse(feed.body, _TIMES), request.headers.get("Accept-Encoding", ""))
    headers = {"Cache-Control": _TIMES.header, "ETag": coded.etag, "Vary": "Accept-Encoding"}
    if coded.is_held_by(request.headers.get("If-None-Match", "")):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = feed.content_type
    if coded.coding != "identity":
        headers["Content-Encoding"] = coded.coding
    return web.Response(body=coded.body, headers=headers)
