"""How do the sites' circuit breakers stand, for who only looks?"""

from collections.abc import Callable, Mapping
from time import time
from urllib.parse import urlsplit

from watchsync import keys
from watchsync.availability import UNAVAILABLE
from watchsync.errors import RedisUnavailable
from watchsync.origin.circuit_breaker import CircuitBreaker
from watchsync.redis_client import Client
from watchsync.settings import Settings


class BreakerMonitor:
    """The breakers of the sites that the workers may ask, by strategy."""

    def __init__(self, client: Client, hosts: Mapping[str, str], clock: Callable[[], float] = time) -> None:
        self._client = client
        self._hosts = hosts
        self._clock = clock

    async def look(self) -> dict[str, CircuitBreaker]:
        """One small read for each site; raises RedisUnavailable."""
        try:
            return {name: self._breaker(await self._open_until(host)) for name, host in self._hosts.items()}
        except UNAVAILABLE as error:
            raise RedisUnavailable(f"Redis does not answer ({type(error).__name__}).") from error

    async def _open_until(self, host: str) -> bytes | str | None:
        return await self._client.hget(keys.origin(host), "open_until")

    def _breaker(self, open_until_ms: bytes | str | None) -> CircuitBreaker:
        return CircuitBreaker.until(int(open_until_ms) / 1000 if open_until_ms else None, self._clock())


def hosts(settings: Settings) -> dict[str, str]:
    """The site behind each strategy that is switched on."""
    urls = {"page": settings.imdb_url, "graphql": settings.imdb_graphql_url}
    return {name: urlsplit(urls[name]).netloc for name in settings.imdb_strategies}
