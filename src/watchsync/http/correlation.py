"""Which request was that? The correlation id that ties a request to its job and to the log."""

import re
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bound_contextvars
from ulid import ULID

from watchsync.http.context import CORRELATION

HEADER: Final = "X-Correlation-ID"
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


@web.middleware
async def correlation(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every request an id, its own if it brings a well-formed one."""
    with bound_contextvars(correlation_id=identify(request)):
        return await handler(request)


async def tell_correlation(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer, a stream among them, the id of its request. A signal of the app."""
    response.headers[HEADER] = identify(request)


def identify(request: web.BaseRequest) -> str:
    """The id of this request, made at the first call."""
    if CORRELATION not in request:
        given = request.headers.get(HEADER, "")
        request[CORRELATION] = given if _WELL_FORMED.fullmatch(given) else new_id()
    return request[CORRELATION]


def new_id() -> str:
    """An id that nobody has."""
    return str(ULID())
