"""What does the API open, in which order? It is closed in reverse."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import orjson
from aiohttp import web
from ulid import ULID

from watchsync import logs
from watchsync.api import addon, dead_letters, docs_page, feeds, jobs, page
from watchsync.api.catalogs import Catalogs
from watchsync.api.context import (
    CATALOGS,
    CODER,
    IMAGE_URLS,
    METRICS,
    QUEUE,
    SITE,
    SNAPSHOT_CACHE,
    SNAPSHOTS,
    STOPPING,
    SUBMITTER,
)
from watchsync.api.cors import tell_origin
from watchsync.api.health import Health
from watchsync.api.http_metrics import http_metrics
from watchsync.api.limits import FORCED, PER_ADDRESS, PER_LIST, Limits
from watchsync.api.openapi import describe, description as described
from watchsync.api.static_files import load_site
from watchsync.api.streams import STREAMS, Streams
from watchsync.api.validation import json_only, validated
from watchsync.availability import RedisAvailability
from watchsync.catalog.snapshot_cache import SnapshotCache
from watchsync.catalog.store import SnapshotStore
from watchsync.http.app import guarded_app
from watchsync.http.connections import Connections
from watchsync.http.server import serving
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import BreakerMonitor, hosts
from watchsync.probes import routes as probes
from watchsync.queue.admission import Admission
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import connect
from watchsync.settings import Settings, load
from watchsync.stremio.content_coding import ContentCoder
from watchsync.stremio.meta_preview import ImageUrls
from watchsync.sync.submission import Submitter

_FORCED_SECONDS = 600
_STREAMS_PER_ADDRESS = 100
_log = logs.get(__name__)


def create_app(
    settings: Settings,
    metrics: Metrics,
    queue: Queue,
    snapshots: SnapshotStore,
    breakers: BreakerMonitor,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> web.Application:
    """The app with all its parts and routes; whoever calls it opens and closes what it is given."""
    app = guarded_app(settings, outside=[http_metrics], inside=[json_only, validated, addon.lenient_paths])
    app.on_response_prepare.append(tell_origin)
    max_age = timedelta(hours=settings.max_age_hours)
    app[METRICS] = metrics
    app[QUEUE] = queue
    app[SNAPSHOTS] = snapshots
    app[SNAPSHOT_CACHE] = SnapshotCache(snapshots, time.monotonic)
    app[SUBMITTER] = Submitter(queue, now=now, new_id=lambda: str(ULID()), max_age=max_age)
    app[IMAGE_URLS] = ImageUrls(settings.tmdb_image_url, settings.poster_url)
    app[CATALOGS] = Catalogs(app[SNAPSHOT_CACHE], app[SUBMITTER], app[IMAGE_URLS], now, max_age)
    app[CODER] = ContentCoder()
    app[SITE] = load_site()
    app[PER_ADDRESS] = Limits(20)
    app[PER_LIST] = Limits(6)
    app[FORCED] = Limits(1, seconds=_FORCED_SECONDS)
    app[STREAMS] = Streams(_STREAMS_PER_ADDRESS)
    app[STOPPING] = asyncio.Event()
    app.on_shutdown.append(_stop_streams)
    health = Health(queue, breakers)
    app.cleanup_ctx.append(health.listening)
    app.add_routes(probes(health, metrics))
    for room in (jobs, dead_letters, page, addon, feeds, docs_page):
        app.add_routes(room.routes())
    describe(app)
    return app


@asynccontextmanager
async def serve_api(settings: Settings, metrics: Metrics, availability: RedisAvailability) -> AsyncIterator[str]:
    """Listen while inside; yields the address. Redis may be away. Raises CannotListen."""
    async with AsyncExitStack() as stack:
        client = connect(settings.redis_address, availability)
        stack.push_async_callback(client.aclose)
        queue = await stack.enter_async_context(open_queue(client, metrics, admission=_admission(settings)))
        app = create_app(settings, metrics, queue, SnapshotStore(client), BreakerMonitor(client, hosts(settings)))
        connections = Connections(settings.trusted_proxies)
        runner = await stack.enter_async_context(serving(app, settings.host, settings.port, connections))
        host, port = runner.addresses[0][:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        _log.info("api.started", address=url, tokens=len(settings.api_tokens))
        if not settings.api_tokens:
            _log.warning("api.tokens_missed", effect="/jobs and admin routes answer only on loopback")
        yield url


def description() -> str:
    """The description of the HTTP API, as JSON text."""
    metrics = Metrics()
    client = connect("redis://localhost")
    settings = load()
    breakers = BreakerMonitor(client, hosts(settings))
    app = create_app(
        settings, metrics, Queue.on(client, metrics, admission=_admission(settings)), SnapshotStore(client), breakers
    )
    return orjson.dumps(described(app), option=orjson.OPT_INDENT_2).decode()


async def _stop_streams(app: web.Application) -> None:
    """Event streams watch this; without it they would hold the shutdown up."""
    app[STOPPING].set()


def _admission(settings: Settings) -> Admission:
    return Admission(lists_per_hour=settings.new_lists_per_hour, waiting_jobs=settings.max_waiting_jobs)
