"""How often may one caller ask, and how often may one list be asked for?"""

from typing import Final

from aiohttp import web
from aiolimiter import AsyncLimiter
from cachetools import LRUCache

from watchsync.api.problems import NotAllowed

_MOST_LIMITERS: Final = 10_000


class Limits:
    """So many requests a minute for each key (an address or a list); the keys unused longest are forgotten."""

    def __init__(self, per_minute: float) -> None:
        self._per_minute = per_minute
        self._limiters: LRUCache[str, AsyncLimiter] = LRUCache(_MOST_LIMITERS)

    async def take(self, key: str) -> None:
        """Use one up; raises NotAllowed with 429 when none is left."""
        limiter = self._limiters.get(key)
        if limiter is None:
            limiter = self._limiters[key] = AsyncLimiter(self._per_minute, 60)
        if not limiter.has_capacity():
            seconds = max(1, round(60 / self._per_minute))
            raise NotAllowed(429, f"Too many requests. Try again in {seconds} s.", {"Retry-After": str(seconds)})
        await limiter.acquire()


PER_ADDRESS: Final = web.AppKey("PER_ADDRESS", Limits)
PER_LIST: Final = web.AppKey("PER_LIST", Limits)
"""Limits of the route that needs no token."""
