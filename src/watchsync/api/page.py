"""The page for people: paste a list, watch it sync, install it."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader

from watchsync.api import events
from watchsync.api.context import SETTINGS, public_url
from watchsync.api.list_status import install_url
from watchsync.api.static_files import load_files, serve
from watchsync.errors import InvalidRef
from watchsync.refs import ListRef
from watchsync.settings import Settings

_IMDB_PICTURES: Final = "https://m.media-amazon.com"


def routes() -> list[web.RouteDef]:
    """The page at its addresses, its files, and the state of a sync."""
    page = _Page()
    return [
        web.get("/", page.show),
        web.get("/configure", page.show),
        web.get("/{config}/configure", page.show),
        web.get("/api/stremio/configure", page.show),
        web.get("/api/stremio/{config}/configure", page.show),
        web.get("/static/{name}", page.file),
        web.get("/favicon.ico", page.icon),
        *events.routes(),
    ]


class _Page:
    """The handlers, around a template and files that are read once."""

    def __init__(self) -> None:
        self._files = load_files()
        environment = Environment(
            loader=PackageLoader("watchsync.api"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        environment.globals["static"] = self._address
        self._template = environment.get_template("page.html")

    async def show(self, request: web.Request) -> web.Response:
        """The page, with the list of its address, or of its form where there is no script, filled in."""
        given = request.match_info.get("config") or request.query.get("list", "")
        ref, problem = _read(given)
        address = public_url(request)
        html = self._template.render(
            given=given,
            ref=str(ref) if ref else "",
            problem=problem,
            manifest_url=f"{address}/{ref}/manifest.json" if ref else "",
            install_url=install_url(address, str(ref)) if ref else "",
        )
        return web.Response(text=html, content_type="text/html", headers=_headers(request.app[SETTINGS]))

    async def file(self, request: web.Request) -> web.Response:
        """One of the page's files."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound(text="No such file.")
        return serve(request, file)

    async def icon(self, request: web.Request) -> web.Response:
        """The icon that browsers ask for unasked."""
        return serve(request, self._files["logo.png"])

    def _address(self, name: str) -> str:
        return f"/static/{name}?v={self._files[name].version}"


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
