"""The addon's routes: manifests and catalogs. A catalog is never an error for Stremio."""

import re
from functools import lru_cache
from typing import Final

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from watchsync.api.addon_schemas import Catalog, Manifest, Meta
from watchsync.api.catalogs import Viewer, card_response
from watchsync.api.context import CATALOGS, CODER, METRICS, REROUTED, SNAPSHOT_CACHE, SUBMITTER
from watchsync.api.cors import ANY_ORIGIN, any_origin
from watchsync.api.list_status import list_status
from watchsync.api.openapi import takes
from watchsync.api.response_schemas import ListStatus
from watchsync.api.whole_response import WholeResponse
from watchsync.catalog.freshness import CacheTimes
from watchsync.catalog.view import Query
from watchsync.errors import InvalidRef, RedisUnavailable
from watchsync.http.context import CLIENT, CORRELATION, SETTINGS, public_url
from watchsync.refs import ListRef
from watchsync.stremio.cards import CARD_PREFIX, Card
from watchsync.stremio.content_coding import IDENTITY
from watchsync.stremio.manifest import bare_manifest, list_manifest
from watchsync.stremio.request import CatalogRequest, UnknownCatalog, read_catalog_path
from watchsync.stremio.response import AddonResponse, json_response

PREFIXES: Final = ("", "/api/stremio")
"""The addon's own address, and the one of the original design."""
_PREFLIGHT: Final = {
    **ANY_ORIGIN,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
    "Content-Type": "application/json; charset=utf-8",
}
_MOST_REMEMBERED: Final = 1024
_LONGEST_REMEMBERED: Final = 200
_ADDON_PATH: Final = re.compile(
    r"(?P<prefix>/api/stremio)?(?P<config>/[^/]+)??(?P<words>/manifest\.json|/catalog/|/meta/)(?(words)(?P<rest>(?<=/).+)?)/*",
    re.IGNORECASE,
)
_MANIFEST_TIMES: Final = CacheTimes(300, 3600, 7 * 24 * 3600)


def routes() -> list[web.RouteDef]:
    """Manifests and catalogs at both addresses, and the status of a list for the page."""
    found = [web.get("/api/lists/{config}", _status)]
    for prefix in PREFIXES:
        for path, handler in (
            ("/manifest.json", _bare_manifest),
            ("/{config}/manifest.json", _manifest),
            ("/{config}/catalog/{rest:(?s:.+)}", _catalog),
            ("/{config}/meta/{type}/{card}.json", _meta),
        ):
            found += [web.get(prefix + path, handler), web.options(prefix + path, _preflight)]
    return found


@takes("The manifest that sends people to the page", tag="addon", answers={200: Manifest, 304: "You have it."})
@any_origin
async def _bare_manifest(request: web.Request) -> web.Response:
    """The manifest that sends people to the page."""
    return _sent(request, json_response(bare_manifest(f"{_images_url(request)}/logo.png"), _MANIFEST_TIMES))


@takes("One list's manifest", tag="addon", answers={200: Manifest, 304: "You have it."}, errors=(422,))
@any_origin
async def _manifest(request: web.Request) -> web.Response:
    """The manifest of one list, with the list's own name once it is known."""
    ref = ListRef.parse(request.match_info["config"])
    loaded = (await request.app[SNAPSHOT_CACHE].find(ref)).loaded
    reading = loaded.snapshot.reading if loaded else None
    logo, combined_type = f"{_images_url(request)}/logo.png", request.app[SETTINGS].combined_type
    manifest = list_manifest(ref, logo, reading, combined_type=combined_type)
    return _sent(request, json_response(manifest, _MANIFEST_TIMES))


@takes(
    "One page of one catalog; a card where there is none",
    tag="addon",
    answers={200: Catalog, 304: "You have it."},
    errors=(400, 404),
)
@any_origin
async def _catalog(request: web.Request) -> web.Response:
    """One page of one catalog."""
    raw = request.rel_url.raw_path.partition("/catalog/")[2]
    answers = request.app[METRICS].catalog_answers
    viewer = _viewer(request)
    try:
        ref = _ref(request.match_info["config"])
    except InvalidRef:
        answers.labels(source="card").inc()
        asked = CatalogRequest(raw.partition("/")[0], Query())
        return _sent(request, card_response(Card.UNKNOWN, asked, viewer))
    try:
        asked = _asked(raw, ref)
    except UnknownCatalog as error:
        raise web.HTTPNotFound(text=str(error)) from error
    served = await request.app[CATALOGS].serve(ref, asked, viewer)
    answers.labels(source=served.source).inc()
    return _sent(request, served.response)


@takes(
    "What a card says when it is opened",
    tag="addon",
    answers={200: Meta, 304: "You have it."},
    errors=(404, 422),
)
@any_origin
async def _meta(request: web.Request) -> web.Response:
    """A card's own page; the pages of titles are other addons'."""
    ref = ListRef.parse(request.match_info["config"])
    if not request.match_info["card"].startswith(CARD_PREFIX):
        raise web.HTTPNotFound(text="This addon has catalogs and cards, no titles.")
    opened = await request.app[CATALOGS].open_card(ref, request.match_info["type"], _viewer(request))
    return _sent(request, opened)


@takes("What a list holds and how old it is", tag="page", answers={200: ListStatus}, errors=(404, 422, 503))
async def _status(request: web.Request) -> web.Response:
    """What a list's snapshot holds and how old it is."""
    ref = ListRef.parse(request.match_info["config"])
    found = await request.app[SNAPSHOT_CACHE].find(ref, recheck=True)
    loaded = found.loaded
    if loaded is None:
        if not found.redis_answered:
            raise RedisUnavailable
        raise web.HTTPNotFound(text="This list was not synced yet. POST /api/sync starts it.")
    age = request.app[SUBMITTER].freshness(loaded.snapshot)
    body = list_status(loaded.snapshot, age, public_url(request), is_remembered=not found.redis_answered)
    return web.json_bytes_response(body, dumps=orjson.dumps, headers={"Cache-Control": "no-store"})


@takes("What a browser asks first", tag="addon", answers={200: "Nothing to say."})
@any_origin
async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=200, body=b"{}", headers=_PREFLIGHT)


def _ref(config: str) -> ListRef:
    """An address is read once, while it is asked for again and again."""
    return (_ref_once if len(config) <= _LONGEST_REMEMBERED else ListRef.parse)(config)


def _asked(raw: str, ref: ListRef) -> CatalogRequest:
    return (_asked_once if len(raw) <= _LONGEST_REMEMBERED else read_catalog_path)(raw, ref)


_ref_once = lru_cache(_MOST_REMEMBERED)(ListRef.parse)
_asked_once = lru_cache(_MOST_REMEMBERED)(read_catalog_path)


@web.middleware
async def lenient_paths(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An address of the addon in capitals, or with a slash at its end, is what it would be without."""
    meant = _canonical(request.rel_url.raw_path) if request.match_info.http_exception else None
    if meant is None or request.method not in {"GET", "HEAD"}:
        return await handler(request)
    again = request.clone(rel_url=URL(meant, encoded=True))
    found = await request.app.router.resolve(again)
    found.add_app(request.app)
    again._match_info = found  # noqa: SLF001 - aiohttp has no public way to route a request anew
    request[REROUTED] = found
    return await found.handler(again)


def _canonical(path: str) -> str | None:
    """The address as it would be written; ``None`` where it is no other one, or none of the addon."""
    match = _ADDON_PATH.fullmatch(path)
    if match is None:
        return None
    words = match["words"].lower()
    found = f"{(match['prefix'] or '').lower()}{match['config'] or ''}{words}{match['rest'] or ''}"
    return None if found == path else found


def _viewer(request: web.Request) -> Viewer:
    wants_new = "no-cache" in request.headers.get("Cache-Control", "")
    return Viewer(public_url(request), request[CLIENT].budget_key, request.get(CORRELATION), recheck=wants_new)


def _images_url(request: web.Request) -> str:
    return f"{public_url(request)}/static"


def _sent(request: web.Request, response: AddonResponse) -> web.Response:
    """The response in the client's best coding, or 304 for who has it. Nothing before this knows of codings."""
    coded = request.app[CODER].code(response, request.headers.get("Accept-Encoding", ""))
    headers = f"Cache-Control: {response.times.header}\r\nETag: {coded.etag}\r\nVary: Accept-Encoding\r\n"
    if (held := request.headers.get("If-None-Match")) and coded.is_held_by(held):
        return WholeResponse(status=304, own_headers=headers.encode())
    headers += "Content-Type: application/json; charset=utf-8\r\n"
    if coded.coding != IDENTITY:
        headers += f"Content-Encoding: {coded.coding}\r\n"
    return WholeResponse(status=200, own_headers=headers.encode(), body=coded.body)
