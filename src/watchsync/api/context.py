"""What does every handler find in its app?"""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.web_urldispatcher import UrlMappingMatchInfo

from watchsync.api.catalogs import Catalogs
from watchsync.api.static_files import Site
from watchsync.catalog.snapshot_cache import SnapshotCache
from watchsync.catalog.store import SnapshotStore
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.stremio.content_coding import ContentCoder
from watchsync.stremio.meta_preview import ImageUrls
from watchsync.sync.submission import Submitter

METRICS: Final = web.AppKey("METRICS", Metrics)
QUEUE: Final = web.AppKey("QUEUE", Queue)
SNAPSHOTS: Final = web.AppKey("SNAPSHOTS", SnapshotStore)
STOPPING: Final = web.AppKey("STOPPING", asyncio.Event)
CATALOGS: Final = web.AppKey("CATALOGS", Catalogs)
SNAPSHOT_CACHE: Final = web.AppKey("SNAPSHOT_CACHE", SnapshotCache)
SUBMITTER: Final = web.AppKey("SUBMITTER", Submitter)
IMAGE_URLS: Final = web.AppKey("IMAGE_URLS", ImageUrls)
CODER: Final = web.AppKey("CODER", ContentCoder)
SITE: Final = web.AppKey("SITE", Site)
"""The page's template and files."""
REROUTED: Final = web.RequestKey("REROUTED", UrlMappingMatchInfo)
"""The route that a request was meant for, where its address was written in another form."""


def route_of(request: web.Request) -> UrlMappingMatchInfo:
    """The route that answers a request."""
    found: UrlMappingMatchInfo = request.get(REROUTED, request.match_info)
    return found
