"""What does every request carry, of either mode?"""

from typing import Final

from aiohttp import web

from watchsync.http.client import Client
from watchsync.settings import Settings

SETTINGS: Final = web.AppKey("SETTINGS", Settings)
CORRELATION: Final = web.RequestKey("CORRELATION", str)
"""The id that ties a request to its job and their log lines."""
CLIENT: Final = web.RequestKey("CLIENT", Client)
"""Who asks, seen through trusted proxies."""


def public_url(request: web.Request) -> str:
    """How the world reaches us, without a trailing slash: as it is set, else as whoever asks does."""
    client = request[CLIENT]
    return request.app[SETTINGS].public_url or f"{client.scheme}://{client.host}"
