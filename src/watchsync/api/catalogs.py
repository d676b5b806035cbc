"""What is answered to somebody who looks at a catalog, whatever state its list is in?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchsync import logs
from watchsync.api.refresh import Refresher
from watchsync.catalog.freshness import (
    CARD,
    SYNCING,
    CacheTimes,
    Freshness,
    cache_times,
    freshness,
    lifetime,
)
from watchsync.catalog.snapshot_cache import LoadedSnapshot, SnapshotCache
from watchsync.catalog.view import Sort, page
from watchsync.errors import RedisUnavailable
from watchsync.job import Job
from watchsync.refs import ListRef
from watchsync.stremio.cards import Card, card_meta, card_of, sentence_of
from watchsync.stremio.meta_preview import ImageUrls, meta_preview
from watchsync.stremio.request import CatalogRequest
from watchsync.stremio.response import AddonResponse, ResponseCache, catalog_response

_PATIENCE_SECONDS: Final = 2.5
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class CatalogClient:
    """One request, apart from what it asks for."""

    codings: tuple[str, ...]
    pictures_url: str
    """Where this server's own pictures are."""
    correlation_id: str | None = None
    recheck: bool = False
    """The client wants nothing from memory."""


@dataclass(frozen=True, slots=True)
class ServedPage:
    """An answer, and what it was served of: ``fresh``, ``stale``, ``syncing``, ``card`` or ``remembered``."""

    answer: AddonResponse
    source: str


class Catalogs:
    """ResponseCache catalog requests from memory, Redis and the queue, in this order; it never fails."""

    def __init__(
        self,
        snapshot_cache: SnapshotCache,
        refresher: Refresher,
        pictures: ImageUrls,
        now: Callable[[], datetime],
        max_age: timedelta,
    ) -> None:
        self.snapshot_cache = snapshot_cache
        self._refresher = refresher
        self._pictures = pictures
        self._now = now
        self._max_age = max_age
        self._answers = ResponseCache()

    def age(self, loaded: LoadedSnapshot) -> Freshness:
        """Whether a snapshot is fresh."""
        return freshness(loaded.snapshot.fetched_at, self._now(), lifetime(loaded.snapshot, self._max_age))

    async def answer(self, ref: ListRef, asked: CatalogRequest, client: CatalogClient) -> ServedPage:
        """The page that is asked for, or the best that can be shown instead."""
        try:
            return await self._answer(ref, asked, client)
        except Exception:  # noqa: BLE001 - Stremio storms at a 500; the log keeps the fault
            _log.exception("catalog.failed", list=str(ref))
            return ServedPage(card_response(Card.TROUBLE, asked, client), "card")

    async def _answer(self, ref: ListRef, asked: CatalogRequest, client: CatalogClient) -> ServedPage:
        found = await self.snapshot_cache.find(ref, recheck=client.recheck)
        if found.loaded is None:
            return await self._without_snapshot(ref, asked, client, redis_answers=found.redis_answered)
        served = await self._page(ref, asked, client, found.loaded)
        if not found.redis_answered:
            return ServedPage(served, "remembered")
        age = self.age(found.loaded)
        if age is Freshness.STALE:
            await self._refresh_behind(ref, client)
        return ServedPage(served, age.value)

    async def _page(
        self, ref: ListRef, asked: CatalogRequest, client: CatalogClient, loaded: LoadedSnapshot
    ) -> AddonResponse:
        now = self._now()
        times = cache_times(loaded.snapshot.fetched_at, now, lifetime(loaded.snapshot, self._max_age))
        day = now.date() if asked.query.sort is Sort.SHUFFLE else None
        made_of = (loaded.stamp, times, day)
        kept = self._answers.get((ref, asked, client.codings[0]), made_of)
        if kept is not None:
            return kept
        arranged = await loaded.arranged(asked.query, now.date())
        if not arranged and asked.is_first_page:
            return card_response(Card.EMPTY, asked, client)
        metas = [meta_preview(title, self._pictures) for title in page(arranged, asked.skip)]
        served = catalog_response(metas, times, client.codings)
        self._answers.keep((ref, asked, client.codings[0]), made_of, served)
        return served

    async def _refresh_behind(self, ref: ListRef, client: CatalogClient) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._refresher.refresh_behind(ref, client.correlation_id)
        except TimeoutError:
            _log.warning("refresh.skipped", list=str(ref))

    async def _without_snapshot(
        self, ref: ListRef, asked: CatalogRequest, client: CatalogClient, *, redis_answers: bool
    ) -> ServedPage:
        if redis_answers:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return _news(await self._refresher.first_sync(ref, client.correlation_id), asked, client)
            except (RedisUnavailable, TimeoutError):
                pass
        for coding in client.codings:
            if last := self._answers.last((ref, asked, coding)):
                return ServedPage(last, "remembered")
        return ServedPage(card_response(Card.UNAVAILABLE, asked, client), "card")


def card_response(
    card: Card,
    asked: CatalogRequest,
    client: CatalogClient,
    *,
    sentence: str | None = None,
    times: CacheTimes = CARD,
) -> AddonResponse:
    """A catalog of one card. A search and further pages stay empty: a card is no search result."""
    metas = [card_meta(card, asked.type, client.pictures_url, sentence)] if asked.may_show_card else []
    return catalog_response(metas, times, client.codings)


def _news(job: Job, asked: CatalogRequest, client: CatalogClient) -> ServedPage:
    card = card_of(job)
    if card is Card.SYNCING:
        served = card_response(card, asked, client, sentence=sentence_of(job), times=SYNCING)
        return ServedPage(served, "syncing")
    return ServedPage(card_response(card, asked, client, sentence=sentence_of(job)), "card")
