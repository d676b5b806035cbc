"""How do the sites' circuit breakers stand, and by which way do lists come, for who only looks?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import time
from urllib.parse import urlsplit

from watchsync import keys
from watchsync.origin.circuit_breaker import CircuitBreaker
from watchsync.redis_client import Client, as_unavailable
from watchsync.settings import Settings

_FIELDS = ["open_until", "used_at"]


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites behind the strategies at one moment."""

    breakers: Mapping[str, CircuitBreaker] = field(default_factory=dict)
    """By strategy, in the operator's order."""
    used: str | None = None
    """The strategy by which the workers' lists come."""


class BreakerMonitor:
    """The breakers of the sites that the workers may ask, by strategy."""

    def __init__(self, client: Client, hosts: Mapping[str, str], clock: Callable[[], float] = time) -> None:
        self._client = client
        self._hosts = hosts
        self._clock = clock

    async def look(self) -> Sites:
        """One small read for each site; raises RedisUnavailable."""
        with as_unavailable():
            found = {name: await self._client.hmget(keys.origin(host), _FIELDS) for name, host in self._hosts.items()}
        breakers = {name: self._breaker(open_until) for name, (open_until, _) in found.items()}
        used_at = {name: int(at) for name, (_, at) in found.items() if at}
        return Sites(breakers, max(used_at, key=used_at.__getitem__, default=None))

    def _breaker(self, open_until_ms: bytes | str | None) -> CircuitBreaker:
        return CircuitBreaker.until(int(open_until_ms) / 1000 if open_until_ms else None, self._clock())


def hosts(settings: Settings) -> dict[str, str]:
    """The site behind each strategy that is switched on.

    A pause of the data service belongs to the name that it was given: under another name it may be asked at once.
    """
    data_service = f"{urlsplit(settings.imdb_graphql_url).netloc}/{settings.imdb_graphql_client}"
    of = {"page": urlsplit(settings.imdb_url).netloc, "graphql": data_service}
    return {name: of[name] for name in settings.imdb_strategies}
