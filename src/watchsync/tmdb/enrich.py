"""What do TMDB's facts add to a list, when TMDB may be away?"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from watchsync import logs
from watchsync.errors import RedisUnavailable
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.redis_client import Client
from watchsync.settings import Settings
from watchsync.titles import Title
from watchsync.tmdb.cache import TmdbCache
from watchsync.tmdb.facts import TitleFacts, enriched
from watchsync.tmdb.finder import CONNECTIONS, Finder, LookupFailed, TokenRefused, session

BUDGET_SECONDS = 90.0
"""A sync asks TMDB no longer than this; what is missing then is unenriched, and a later sync asks for it."""
_FAILURES_IN_A_ROW = 12
_STORE_EVERY = 500
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Enriched:
    """Titles with TMDB's facts; ``unenriched`` are the ids that could not be looked up this time."""

    titles: tuple[Title, ...]
    unenriched: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    """One list's lookups."""

    total: int
    report: Callable[[Progress], None]
    answers: dict[str, TitleFacts]
    unstored: dict[str, TitleFacts] = field(default_factory=dict)
    done: int = 0
    failures_in_a_row: int = 0
    gave_up: bool = False

    def tell(self) -> None:
        message = f"Fetching posters: {self.done:,} of {self.total:,}"
        self.report(Progress("enriching", message, self.done, self.total))


class Tmdb:
    """Adds TMDB's posters and facts to titles; without a finder (no token) it adds and owes nothing."""

    def __init__(
        self, finder: Finder | None, cache: TmdbCache, metrics: Metrics, *, budget_seconds: float = BUDGET_SECONDS
    ) -> None:
        self._finder = finder
        self._cache = cache
        self._metrics = metrics
        self._budget_seconds = budget_seconds

    async def enrich(self, titles: Sequence[Title], report: Callable[[Progress], None]) -> Enriched:
        """The titles with what TMDB knows. Neither TMDB's nor the cache's trouble is raised: it is unenriched."""
        if self._finder is None or not titles:
            return Enriched(tuple(titles))
        known = await self._remembered([title.id for title in titles])
        run = _Run(len(titles), report, known, done=len(known))
        run.tell()
        missing = [title.id for title in titles if title.id not in known]
        if missing:
            await self._ask_for(missing, run, self._finder)
            await self._remember(run)
        return await asyncio.to_thread(_with_answers, titles, run.answers)

    async def _ask_for(self, imdb_ids: Sequence[str], run: _Run, finder: Finder) -> None:
        shared = iter(imdb_ids)
        try:
            async with asyncio.timeout(self._budget_seconds), asyncio.TaskGroup() as group:
                for _ in range(min(CONNECTIONS, len(imdb_ids))):
                    group.create_task(self._work(shared, run, finder))
        except TimeoutError:
            _log.info("tmdb.budget_exhausted", done=run.done, total=run.total)

    async def _work(self, shared: Iterator[str], run: _Run, finder: Finder) -> None:
        for imdb_id in shared:
            if run.gave_up:
                return
            try:
                answer = await finder.find(imdb_id)
            except LookupFailed as error:
                self._note_failure(run, error)
                continue
            self._metrics.tmdb_lookups.labels("found" if answer.is_known else "unknown").inc()
            run.answers[imdb_id] = run.unstored[imdb_id] = answer
            run.failures_in_a_row = 0
            run.done += 1
            run.tell()
            if len(run.unstored) >= _STORE_EVERY:
                await self._remember(run)

    def _note_failure(self, run: _Run, error: LookupFailed) -> None:
        self._metrics.tmdb_lookups.labels("failed").inc()
        run.failures_in_a_row += 1
        if run.gave_up:
            return
        if isinstance(error, TokenRefused):
            fix = "Set WATCHSYNC_TMDB_TOKEN to TMDB's API Read Access Token (the long one)."
            _log.warning("tmdb.token_rejected", error=str(error), fix=fix)
            run.gave_up = True
        elif run.failures_in_a_row >= _FAILURES_IN_A_ROW:
            _log.warning("tmdb.unreachable", error=str(error), done=run.done, total=run.total)
            run.gave_up = True

    async def _remembered(self, imdb_ids: Sequence[str]) -> dict[str, TitleFacts]:
        try:
            known = await self._cache.load(imdb_ids)
        except RedisUnavailable as error:
            _log.warning("tmdb_cache.read_failed", error=str(error))
            return {}
        self._metrics.tmdb_lookups.labels("cache").inc(len(known))
        return known

    async def _remember(self, run: _Run) -> None:
        answers, run.unstored = run.unstored, {}
        try:
            await self._cache.store(answers)
        except RedisUnavailable as error:
            _log.warning("tmdb_cache.write_failed", error=str(error))


def _with_answers(titles: Sequence[Title], answers: Mapping[str, TitleFacts]) -> Enriched:
    none = TitleFacts()
    return Enriched(
        tuple(enriched(title, answers.get(title.id, none)) for title in titles),
        tuple(title.id for title in titles if title.id not in answers),
    )


@asynccontextmanager
async def open_tmdb(settings: Settings, client: Client, metrics: Metrics, rng: random.Random) -> AsyncIterator[Tmdb]:
    """Tmdb as the settings say, with its HTTP session open for as long as the context."""
    cache = TmdbCache(client, rng)
    if settings.tmdb_token is None:
        yield Tmdb(None, cache, metrics)
        return
    async with session(settings.tmdb_token.get_secret_value()) as opened:
        rate = settings.tmdb_requests_per_second
        yield Tmdb(Finder(opened, settings.tmdb_url, metrics, rng, rate_per_second=rate), cache, metrics)
