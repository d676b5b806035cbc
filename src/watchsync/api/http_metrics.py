"""How many requests were answered, with which status, and how long did they take?"""

from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler

from watchsync.api.context import METRICS, route_of

_GONE = 499
"""What is counted where the client went away before it was answered, as nginx does."""


@web.middleware
async def http_metrics(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time by the route's template, never by the address itself."""
    started = perf_counter()
    status = _GONE
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as answer:
        status = answer.status
        raise
    else:
        return response
    finally:
        resource = route_of(request).route.resource
        route = resource.canonical if resource else "unknown"
        metrics = request.app[METRICS]
        metrics.http_requests.labels(method=request.method, route=route, status=str(status)).inc()
        metrics.http_seconds.labels(route=route).observe(perf_counter() - started)
