"""How often may one caller ask, and how often may one list be asked for?"""

from typing import Final

from aiohttp import web
from aiolimiter import AsyncLimiter
from cachetools import LRUCache

from watchsync.http.problems import NotAllowed

_MOST_KEYS: Final = 10_000


class Limits:
    """So many requests in a time for each key (an address or a list); the keys unused longest are forgotten."""

    def __init__(self, most: float, *, seconds: float = 60, max_keys: int = _MOST_KEYS) -> None:
        self._most = most
        self._seconds = seconds
        self._limiters: LRUCache[str, AsyncLimiter] = LRUCache(max_keys)

    async def take(self, key: str) -> None:
        """Use one up; raises NotAllowed with 429 when none is left."""
        limiter = self._limiters.get(key)
        if limiter is None:
            limiter = self._limiters[key] = AsyncLimiter(self._most, self._seconds)
        if not limiter.has_capacity():
            seconds = max(1, round(self._seconds / self._most))
            raise NotAllowed(429, f"Too many requests. Try again in {seconds} s.", {"Retry-After": str(seconds)})
        await limiter.acquire()


PER_ADDRESS: Final = web.AppKey("PER_ADDRESS", Limits)
PER_LIST: Final = web.AppKey("PER_LIST", Limits)
FORCED: Final = web.AppKey("FORCED", Limits)
"""Limits of the route that needs no token; the last one is for forced syncs of one list."""
