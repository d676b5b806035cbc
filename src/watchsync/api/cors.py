"""May a page of another origin read the answer? Where Stremio's web app reads it: manifests, catalogs, events."""

from typing import Final, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from watchsync.api.context import route_of

_OPEN: Final = "__any_origin__"
H = TypeVar("H", bound=Handler)
ANY_ORIGIN: Final = {"Access-Control-Allow-Origin": "*"}


def any_origin(handler: H) -> H:
    """Mark a handler whose answers, errors among them, pages of any origin may read."""
    setattr(handler, _OPEN, True)
    return handler


async def tell_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Say so on every answer of a handler that is marked. A signal of the app."""
    if getattr(route_of(request).handler, _OPEN, False):
        response.headers.update(ANY_ORIGIN)
