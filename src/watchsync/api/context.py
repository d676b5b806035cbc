"""What does every handler find in its app and its request?"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from aiohttp import web

from watchsync.catalog.store import SnapshotStore
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.settings import Settings

SETTINGS: Final = web.AppKey("SETTINGS", Settings)
METRICS: Final = web.AppKey("METRICS", Metrics)
QUEUE: Final = web.AppKey("QUEUE", Queue)
SNAPSHOTS: Final = web.AppKey("SNAPSHOTS", SnapshotStore)
STOPPING: Final = web.AppKey("STOPPING", asyncio.Event)
CLOCK: Final = web.AppKey[Callable[[], datetime]]("CLOCK")
CORRELATION: Final = web.RequestKey("CORRELATION", str)
"""The id that ties a request to its job and their log lines."""
PEER: Final = web.RequestKey("PEER", str)
"""The address of who asks, seen through trusted proxies."""


def public_url(request: web.Request) -> str:
    """How the world reaches us, without a trailing slash."""
    return request.app[SETTINGS].public_url or f"{request.scheme}://{request.host}"
