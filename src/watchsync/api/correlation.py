"""Which request was that? The correlation id that ties a request to its job and to the log."""

import re

from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bound_contextvars
from ulid import ULID

from watchsync.api.context import CORRELATION

_HEADER = "X-Correlation-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


@web.middleware
async def correlation(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every request an id, its own if it brings a well-formed one, and every answer the same."""
    given = request.headers.get(_HEADER, "")
    correlation_id = given if _WELL_FORMED.fullmatch(given) else str(ULID())
    request[CORRELATION] = correlation_id
    with bound_contextvars(correlation_id=correlation_id):
        response = await handler(request)
    if not response.prepared:
        response.headers[_HEADER] = correlation_id
    return response
