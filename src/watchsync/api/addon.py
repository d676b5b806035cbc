"""The addon's routes: manifests and catalogs. A catalog is never an error for Stremio."""

import time
from datetime import timedelta
from typing import Final

import orjson
from aiohttp import web
from ulid import ULID

from watchsync.api.catalogs import CatalogClient, Catalogs, card_response
from watchsync.api.context import CLOCK, CORRELATION, METRICS, QUEUE, SETTINGS, SNAPSHOTS, public_url
from watchsync.api.list_status import list_status
from watchsync.api.refresh import Refresher
from watchsync.catalog.freshness import CacheTimes
from watchsync.catalog.snapshot_cache import SnapshotCache
from watchsync.catalog.view import Query
from watchsync.errors import InvalidRef
from watchsync.refs import ListRef
from watchsync.stremio.cards import Card
from watchsync.stremio.content_coding import IDENTITY, acceptable
from watchsync.stremio.manifest import bare_manifest, list_manifest
from watchsync.stremio.meta_preview import ImageUrls
from watchsync.stremio.request import CatalogRequest, UnknownCatalog, read_catalog_path
from watchsync.stremio.response import AddonResponse, addon_response

PREFIXES: Final = ("", "/api/stremio")
"""The addon's own address, and the one of the original design."""
_ANY_ORIGIN: Final = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT: Final = {
    **_ANY_ORIGIN,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
    "Content-Type": "application/json; charset=utf-8",
}
_MANIFEST_TIMES: Final = CacheTimes(300, 3600, 7 * 24 * 3600)


def routes() -> list[web.RouteDef]:
    """Manifests and catalogs at both addresses, and the list_status of a list for the page."""
    addon = _Addon()
    found = [web.get("/api/lists/{config}", addon.list_status)]
    for prefix in PREFIXES:
        for path, handler in (
            ("/manifest.json", addon.bare),
            ("/{config}/manifest.json", addon.manifest),
            ("/{config}/catalog/{rest:.+}", addon.catalog),
        ):
            found += [web.get(prefix + path, handler), web.options(prefix + path, _preflight)]
    return found


class _Addon:
    """The handlers, around one memory of catalogs."""

    def __init__(self) -> None:
        self._catalogs: Catalogs | None = None

    async def bare(self, request: web.Request) -> web.Response:
        """The manifest that sends people to the page."""
        manifest = bare_manifest(f"{_pictures_url(request)}/logo.png")
        return _sent(request, addon_response(manifest, _MANIFEST_TIMES, _codings(request)))

    async def manifest(self, request: web.Request) -> web.Response:
        """The manifest of one list, with the list's own genres once they are known."""
        ref = ListRef.parse(request.match_info["config"])
        loaded = (await self._of(request.app).snapshot_cache.find(ref)).loaded
        logo = f"{_pictures_url(request)}/logo.png"
        if loaded is None:
            manifest = list_manifest(ref, logo)
        else:
            manifest = list_manifest(ref, logo, loaded.snapshot.reading, loaded.genres)
        return _sent(request, addon_response(manifest, _MANIFEST_TIMES, _codings(request)))

    async def catalog(self, request: web.Request) -> web.Response:
        """One page of one catalog."""
        raw = request.rel_url.raw_path.partition("/catalog/")[2]
        metrics = request.app[METRICS]
        client = _catalog_client(request)
        try:
            ref = ListRef.parse(request.match_info["config"])
        except InvalidRef:
            metrics.catalog_answers.labels(source="card").inc()
            asked = CatalogRequest(raw.partition("/")[0], Query())
            return _sent(request, card_response(Card.UNKNOWN, asked, client))
        try:
            asked = read_catalog_path(raw, ref)
        except UnknownCatalog as error:
            raise web.HTTPNotFound(text=str(error), headers=_ANY_ORIGIN) from error
        served = await self._of(request.app).answer(ref, asked, client)
        metrics.catalog_answers.labels(source=served.source).inc()
        return _sent(request, served.answer)

    async def list_status(self, request: web.Request) -> web.Response:
        """What a list's snapshot holds and how old it is."""
        ref = ListRef.parse(request.match_info["config"])
        catalogs = self._of(request.app)
        loaded = (await catalogs.snapshot_cache.find(ref, recheck=True)).loaded
        if loaded is None:
            raise web.HTTPNotFound(text="This list was not synced yet. POST /api/sync starts it.")
        body = list_status(loaded.snapshot, catalogs.age(loaded), public_url(request))
        return web.json_bytes_response(body, dumps=orjson.dumps, headers={"Cache-Control": "no-store"})

    def _of(self, app: web.Application) -> Catalogs:
        """The catalogs of this app, served at the first request."""
        if self._catalogs is None:
            settings = app[SETTINGS]
            self._catalogs = Catalogs(
                SnapshotCache(app[SNAPSHOTS], time.monotonic),
                Refresher(app[QUEUE], app[CLOCK], lambda: str(ULID())),
                ImageUrls(settings.tmdb_image_url, settings.poster_url),
                app[CLOCK],
                timedelta(hours=settings.max_age_hours),
            )
        return self._catalogs


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=200, body=b"{}", headers=_PREFLIGHT)


def _codings(request: web.Request) -> tuple[str, ...]:
    return acceptable(request.headers.get("Accept-Encoding", ""))


def _catalog_client(request: web.Request) -> CatalogClient:
    wants_new = "no-cache" in request.headers.get("Cache-Control", "")
    return CatalogClient(_codings(request), _pictures_url(request), request.get(CORRELATION), recheck=wants_new)


def _pictures_url(request: web.Request) -> str:
    return f"{public_url(request)}/static"


def _sent(request: web.Request, served: AddonResponse) -> web.Response:
    headers = {
        **_ANY_ORIGIN,
        "Cache-Control": served.times.header,
        "ETag": served.etag,
        "Vary": "Accept-Encoding",
    }
    if served.is_held_by(request.headers.get("If-None-Match", "")):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = "application/json; charset=utf-8"
    if served.coding != IDENTITY:
        headers["Content-Encoding"] = served.coding
    return web.Response(body=served.body, headers=headers)
