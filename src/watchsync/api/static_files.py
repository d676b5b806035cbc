"""Which files and templates does the page consist of? Read once, held in memory, served by this process alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, Template

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_AN_HOUR: Final = "public, max-age=3600"


@dataclass(frozen=True, slots=True)
class File:
    """One file of the package."""

    body: bytes
    content_type: str
    version: str
    """A digest of the contents; an address that carries it may be kept for ever."""


@dataclass(frozen=True, slots=True)
class Site:
    """The templates, and every file of the ``static`` folder by its name."""

    page: Template
    docs: Template
    files: Mapping[str, File]


def load_site() -> Site:
    """Read templates and files; a template links each file under an address that carries its version."""
    files = _load_files()
    environment = Environment(
        loader=PackageLoader("watchsync.api"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["static"] = lambda name: f"/static/{name}?v={files[name].version}"
    return Site(environment.get_template("page.html"), environment.get_template("docs.html"), files)


def serve(request: web.Request, file: File) -> web.Response:
    """The file, or 304 for who has it."""
    etag = f'"{file.version}"'
    headers = {
        "Cache-Control": _FOR_EVER if request.query.get("v") == file.version else _FOR_AN_HOUR,
        "Content-Type": file.content_type,
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=file.body, headers=headers)


def _load_files() -> dict[str, File]:
    found: dict[str, File] = {}
    for entry in resources.files("watchsync.api").joinpath("static").iterdir():
        kind = _TYPES.get(f".{entry.name.rpartition('.')[2]}")
        if kind is not None:
            body = entry.read_bytes()
            found[entry.name] = File(body, kind, hashlib.blake2b(body, digest_size=6).hexdigest())
    return found
