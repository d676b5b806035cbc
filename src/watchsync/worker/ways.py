"""By which ways may this worker read a list, and how do they fare?"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from watchsync.browser.pool import Pool
from watchsync.imdb import graphql
from watchsync.imdb.graphql import GraphqlReader
from watchsync.imdb.reader import PageReader
from watchsync.imdb.strategies import Strategies, Strategy
from watchsync.metrics import Metrics
from watchsync.origin.breaker import State
from watchsync.origin.gate import Gate
from watchsync.probes import Check, Status
from watchsync.redis_client import Client
from watchsync.settings import Settings


class Ways:
    """The strategies in the operator's order, and the gate before each one's site."""

    def __init__(self, reader: Strategies, gates: Mapping[str, Gate]) -> None:
        self.reader = reader
        self._gates = gates

    @property
    def can_do_without_a_browser(self) -> bool:
        """Whether one of them reads lists while no browser starts."""
        return GraphqlReader.name in self._gates

    def check(self) -> Check:
        """Which site is left alone, which way was used last; degraded while the preferred one is barred."""
        breakers = {name: gate.breaker for name, gate in self._gates.items()}
        is_barred = next(iter(breakers.values())).state is not State.CLOSED
        told = {name: breaker.sentence for name, breaker in breakers.items()}
        return Check("imdb", Status.DEGRADED if is_barred else Status.HEALTHY, {**told, "used": self.reader.used})


@asynccontextmanager
async def opened(settings: Settings, client: Client, pool: Pool, metrics: Metrics) -> AsyncIterator[Ways]:
    """The ways that the settings name, with what they need held open; a browser starts at its first page only."""
    async with AsyncExitStack() as stack:
        strategies: list[Strategy] = []
        gates: dict[str, Gate] = {}
        for named in dict.fromkeys(settings.imdb_strategies):
            strategy: Strategy
            if named == "graphql":
                gate = _gate(settings, client, metrics, settings.imdb_graphql_url, site="graphql")
                session = await stack.enter_async_context(graphql.asking())
                strategy = GraphqlReader(session, gate, metrics, url=settings.imdb_graphql_url)
            else:
                gate = _gate(settings, client, metrics, settings.imdb_url, site="pages")
                name = "remote-page" if settings.browser_url else "page"
                strategy = PageReader(pool, gate, metrics, origin=settings.imdb_url, name=name)
            strategies.append(strategy)
            gates[strategy.name] = gate
        yield Ways(Strategies(strategies, metrics), gates)


def _gate(settings: Settings, client: Client, metrics: Metrics, url: str, *, site: str) -> Gate:
    interval = settings.imdb_interval_seconds
    return Gate(client, metrics, host=urlsplit(url).netloc, interval_seconds=interval, site=site)
