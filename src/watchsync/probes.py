"""Am I well? The four routes by which a platform and Prometheus look at either mode."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import orjson
from aiohttp import web

from watchsync.http import server
from watchsync.http.app import guarded_app
from watchsync.http.connections import Connections
from watchsync.metrics import CONTENT_TYPE, Metrics
from watchsync.settings import Settings


class Status(StrEnum):
    """How well a part is; the worst part speaks for the whole."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Check:
    """One part's state; ``value`` is what ``/health`` shows beside its name."""

    name: str
    status: Status
    value: object


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All checks of one process. ``ready`` says whether it should be sent work."""

    checks: tuple[Check, ...]
    ready: bool = True

    @property
    def status(self) -> Status:
        """The worst of the checks."""
        order = list(Status)
        return max((check.status for check in self.checks), key=order.index, default=Status.HEALTHY)


HealthCheck = Callable[[], Awaitable[HealthReport]]


def routes(report: HealthCheck, metrics: Metrics) -> list[web.RouteDef]:
    """``/health``, ``/livez``, ``/readyz`` and ``/metrics``."""
    started = time.monotonic()

    async def health(_: web.Request) -> web.Response:
        now = await report()
        checks = {check.name: check.value for check in now.checks}
        checks["uptime"] = int(time.monotonic() - started)
        return _json({"status": now.status, "checks": checks}, 503 if now.status is Status.UNHEALTHY else 200)

    async def livez(_: web.Request) -> web.Response:
        return _json({"status": "alive"}, 200)

    async def readyz(_: web.Request) -> web.Response:
        now = await report()
        ready = now.ready and now.status is not Status.UNHEALTHY
        return _json({"status": "ready" if ready else "not ready"}, 200 if ready else 503)

    async def scrape(_: web.Request) -> web.Response:
        await report()  # brings the gauges up to date
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

    return [
        web.get("/health", health),
        web.get("/livez", livez),
        web.get("/readyz", readyz),
        web.get("/metrics", scrape),
    ]


@asynccontextmanager
async def serving(settings: Settings, port: int, report: HealthCheck, metrics: Metrics) -> AsyncIterator[int]:
    """Serve the four routes on a port of their own while inside, by the rules of every port; yields the port.

    Raises CannotListen.
    """
    app = guarded_app(settings)
    app.add_routes(routes(report, metrics))
    connections = Connections(settings.trusted_proxies)
    async with server.serving(app, settings.host, port, connections, setting="WATCHSYNC_WORKER_PORT") as runner:
        yield runner.addresses[0][1]


def _json(data: object, status: int) -> web.Response:
    response = web.json_bytes_response(data, dumps=orjson.dumps, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
