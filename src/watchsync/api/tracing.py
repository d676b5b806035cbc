"""Which request was that, how long did it take, and may a page elsewhere read the answer?"""

import re
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bound_contextvars
from ulid import ULID

from watchsync.api.context import CORRELATION, METRICS

_HEADER = "X-Correlation-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
_PRIVATE = ("/jobs", "/admin")


@web.middleware
async def correlated(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every request an id, its own if it brings a well-formed one, and every answer the same."""
    given = request.headers.get(_HEADER, "")
    correlation_id = given if _WELL_FORMED.fullmatch(given) else str(ULID())
    request[CORRELATION] = correlation_id
    with bound_contextvars(correlation_id=correlation_id):
        response = await handler(request)
    if not response.prepared:
        response.headers[_HEADER] = correlation_id
    return response


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time by the route's template, never by the address itself."""
    started = perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as answer:
        status = answer.status
        raise
    else:
        return response
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        metrics = request.app[METRICS]
        metrics.http_requests.labels(method=request.method, route=route, status=str(status)).inc()
        metrics.http_seconds.labels(route=route).observe(perf_counter() - started)


@web.middleware
async def shared(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let pages of any origin read what is public; what needs a token is not for them."""
    response = await handler(request)
    if not response.prepared and not request.path.startswith(_PRIVATE):
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    return response
