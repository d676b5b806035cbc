"""The page for people: paste a list, watch it sync, install it."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from watchsync.api import events
from watchsync.api.context import SITE
from watchsync.api.list_status import install_url
from watchsync.api.openapi import takes
from watchsync.api.static_files import serve
from watchsync.errors import InvalidRef
from watchsync.http.context import SETTINGS, public_url
from watchsync.refs import ListRef
from watchsync.settings import Settings

_IMDB_PICTURES: Final = "https://m.media-amazon.com"


def routes() -> list[web.RouteDef]:
    """The page at its addresses, its files, and the state of a sync."""
    return [
        web.get("/", _page),
        web.get("/configure", _page),
        web.get("/{config}/configure", _page),
        web.get("/api/stremio/configure", _page),
        web.get("/api/stremio/{config}/configure", _page),
        web.get("/static/{name}", _file),
        web.get("/favicon.ico", _icon),
        *events.routes(),
    ]


@takes(
    "The page for people",
    tag="page",
    answers={200: "HTML."},
    reads=[("query", "list", "An IMDb list, where the path names none.")],
    produces="text/html",
)
async def _page(request: web.Request) -> web.Response:
    """The page, with the list of its address, or of its form where there is no script, filled in."""
    given = request.match_info.get("config") or request.query.get("list", "")
    ref, problem = _read(given)
    address = public_url(request)
    html = request.app[SITE].page.render(
        given=given,
        ref=str(ref) if ref else "",
        problem=problem,
        manifest_url=f"{address}/{ref}/manifest.json" if ref else "",
        install_url=install_url(address, str(ref)) if ref else "",
    )
    return web.Response(text=html, content_type="text/html", headers=_headers(request.app[SETTINGS]))


@takes(
    "A file of the page",
    tag="page",
    answers={200: "The file.", 304: "You have it."},
    errors=(404,),
    reads=[("query", "v", "The file's version; with it the answer may be kept for ever.")],
    produces="*/*",
)
async def _file(request: web.Request) -> web.Response:
    """One of the page's files."""
    file = request.app[SITE].files.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound(text="No such file.")
    return serve(request, file)


@takes("The icon", tag="page", answers={200: "A picture.", 304: "You have it."}, produces="image/png")
async def _icon(request: web.Request) -> web.Response:
    """The icon that browsers ask for unasked."""
    return serve(request, request.app[SITE].files["logo.png"])


def _read(given: str) -> tuple[ListRef | None, str | None]:
    if not given.strip():
        return None, None
    try:
        return ListRef.parse(given), None
    except InvalidRef as error:
        return None, str(error)


def _headers(settings: Settings) -> dict[str, str]:
    """Nothing but our own files runs, and pictures come only from where posters are."""
    addresses = (settings.tmdb_image_url, settings.poster_url, settings.imdb_url, _IMDB_PICTURES)
    pictures = " ".join(sorted({_origin(address) for address in addresses}))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
        f"img-src 'self' {pictures}; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
