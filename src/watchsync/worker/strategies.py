"""By which strategies may this worker read a list, and how do they fare?"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from watchsync.browser.pool import Pool
from watchsync.imdb.answers import DataService
from watchsync.imdb.browser_reader import BrowserReader, Lender
from watchsync.imdb.capture_recording import Recording
from watchsync.imdb.graphql_reader import GraphqlReader
from watchsync.imdb.graphql_service import GraphqlService, open_session
from watchsync.imdb.strategies import Strategies, Strategy, Way
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import hosts
from watchsync.origin.circuit_breaker import BreakerState
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.probes import Check, Status
from watchsync.redis_client import Client
from watchsync.settings import Settings

_SITES = {"page": "pages", "graphql": "graphql"}


class OpenStrategies:
    """The strategies in the operator's order, and the limiter before each one's site."""

    def __init__(self, reader: Strategies, limiters: Mapping[str, RateLimiter]) -> None:
        self.reader = reader
        self._limiters = limiters

    def may_take(self, *, has_browser: bool) -> bool:
        """Whether a list that is taken now may be read: there is a way to read it, and no crowd before it."""
        is_crowded = any(limiter.is_crowded for limiter in self._limiters.values())
        return self.has_way(has_browser=has_browser) and not is_crowded

    def has_way(self, *, has_browser: bool) -> bool:
        """Whether a way to read lists is left where a browser can be had, or none."""
        return has_browser or GraphqlReader.name in self._limiters

    def check(self) -> Check:
        """Which site is left alone, which way was used last; degraded while the preferred one is barred."""
        breakers = {name: limiter.breaker for name, limiter in self._limiters.items()}
        is_barred = next(iter(breakers.values())).state is not BreakerState.CLOSED
        told = {name: breaker.sentence for name, breaker in breakers.items()}
        return Check("imdb", Status.DEGRADED if is_barred else Status.HEALTHY, {**told, "used": self.reader.used})


@asynccontextmanager
async def open_strategies(
    settings: Settings, client: Client, pool: Pool, metrics: Metrics, recording: Recording | None = None
) -> AsyncIterator[OpenStrategies]:
    """The strategies that the settings name, with what they need held open; a browser starts at its first page only.

    ``recording`` notes each answer that they get.
    """
    async with AsyncExitStack() as stack:
        ways: list[Way] = []
        limiters: dict[str, RateLimiter] = {}
        for named, host in hosts(settings).items():
            strategy: Strategy
            limiter = _limiter(settings, client, metrics, host, site=_SITES[named])
            if named == "graphql":
                session = await stack.enter_async_context(open_session(settings.imdb_graphql_client))
                service: DataService = GraphqlService(session, url=settings.imdb_graphql_url)
                strategy = GraphqlReader(recording.of_service(service) if recording else service, limiter, metrics)
            else:
                name = "remote-page" if settings.browser_url else "page"
                lender: Lender = recording.of_pages(pool) if recording else pool
                strategy = BrowserReader(lender, limiter, metrics, origin=settings.imdb_url, name=name)
            ways.append(Way(strategy, recording.of_gate(limiter, strategy.name) if recording else limiter))
            limiters[strategy.name] = limiter
        yield OpenStrategies(Strategies(ways, metrics), limiters)


def _limiter(settings: Settings, client: Client, metrics: Metrics, host: str, *, site: str) -> RateLimiter:
    return RateLimiter(client, metrics, host=host, interval_seconds=settings.imdb_interval_seconds, site=site)
