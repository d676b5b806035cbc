"""How often may one caller ask, and how often may one list be asked for?"""

from collections import OrderedDict

from aiolimiter import AsyncLimiter

from watchsync.api.problems import NotAllowed

_MOST_LIMITERS = 10_000


class Limits:
    """So many requests a minute for each key (an address or a list); the oldest keys are forgotten."""

    def __init__(self, per_minute: float) -> None:
        self._per_minute = per_minute
        self._limiters: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def take(self, key: str) -> None:
        """Use one up; raises NotAllowed with 429 when none is left."""
        limiter = self._limiters.setdefault(key, AsyncLimiter(self._per_minute, 60))
        self._limiters.move_to_end(key)
        if len(self._limiters) > _MOST_LIMITERS:
            self._limiters.popitem(last=False)
        if not limiter.has_capacity():
            seconds = max(1, round(60 / self._per_minute))
            raise NotAllowed(429, f"Too many requests; try again in {seconds} s.", {"Retry-After": str(seconds)})
        await limiter.acquire()
