"""What is answered to somebody who looks at a catalog, whatever state its list is in?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from watchsync import logs
from watchsync.catalog.freshness import CARD, SYNCING, CacheTimes, Freshness, cache_times, lifetime
from watchsync.catalog.shuffle_day import ShuffleDays
from watchsync.catalog.snapshot_cache import LoadedSnapshot, SnapshotCache
from watchsync.catalog.view import Sort, page
from watchsync.errors import NotAdmitted, RedisUnavailable
from watchsync.refs import ListRef
from watchsync.stremio.cards import Card, News, card_meta, news_of, opened_card
from watchsync.stremio.meta_preview import ImageUrls, meta_preview
from watchsync.stremio.request import CatalogRequest
from watchsync.stremio.response import AddonResponse, ResponseCache, catalog_response, json_response
from watchsync.sync.due import Asker
from watchsync.sync.submission import Submitter, SyncRequest

_PATIENCE_SECONDS: Final = 2.5
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, apart from what is asked for."""

    url: str
    """How the viewer reaches this server."""
    address: str = ""
    """Who looks, as limits are charged: an address, or the network of one customer."""
    correlation_id: str | None = None
    recheck: bool = False
    """Whether the client wants nothing from memory."""

    @property
    def images_url(self) -> str:
        """Where this server's own pictures are."""
        return f"{self.url}/static"


@dataclass(frozen=True, slots=True)
class ServedPage:
    """A response, and what it was made of: ``fresh``, ``stale``, ``syncing``, ``card`` or ``remembered``."""

    response: AddonResponse
    source: str


class Catalogs:
    """Serves catalog pages from memory, Redis and the queue, in this order; it never fails."""

    def __init__(
        self,
        snapshots: SnapshotCache,
        submitter: Submitter,
        image_urls: ImageUrls,
        now: Callable[[], datetime],
        max_age: timedelta,
    ) -> None:
        self._snapshots = snapshots
        self._submitter = submitter
        self._image_urls = image_urls
        self._now = now
        self._max_age = max_age
        self._responses = ResponseCache()
        self._shuffle_days = ShuffleDays()

    async def serve(self, ref: ListRef, asked: CatalogRequest, viewer: Viewer) -> ServedPage:
        """The page that is asked for, or the best that can be shown instead."""
        try:
            found = await self._snapshots.find(ref, recheck=viewer.recheck)
            if found.loaded is None:
                return await self._without_snapshot(ref, asked, viewer, redis_answers=found.redis_answered)
            response = await self._page(ref, asked, viewer, found.loaded)
            if not found.redis_answered:
                return ServedPage(response, "remembered")
            return ServedPage(response, await self._age(ref, viewer, found.loaded))
        except Exception:  # noqa: BLE001 - Stremio storms at a 500; the log keeps the fault
            _log.exception("catalog.failed", list=str(ref))
            return ServedPage(card_response(Card.TROUBLE, asked, viewer), "card")

    async def open_card(self, ref: ListRef, type_: str, viewer: Viewer) -> AddonResponse:
        """What a card says when it is opened: how things stand now, whatever stood on it. It never fails."""
        news = News(Card.TROUBLE)
        try:
            found = await self._snapshots.find(ref, recheck=True)
            if found.loaded is not None:
                news = News(Card.READY if found.loaded.snapshot.titles else Card.EMPTY)
            else:
                news = await self._news(ref, viewer, redis_answers=found.redis_answered) or News(Card.UNAVAILABLE)
        except Exception:  # noqa: BLE001 - as with a catalog
            _log.exception("catalog.failed", list=str(ref))
        manifest_url = f"{viewer.url}/{ref}/manifest.json"
        end, discovered = ("series", "series") if type_ == "series" else ("movies", "movie")
        opened = opened_card(
            news,
            type_,
            now=self._now(),
            pictures_url=viewer.images_url,
            configure_url=f"{viewer.url}/{ref}/configure",
            catalog_link=f"stremio:///discover/{quote(manifest_url, safe='')}/{discovered}/{ref}-{end}",
        )
        return json_response({"meta": opened}, _times_of(news))

    async def _page(self, ref: ListRef, asked: CatalogRequest, viewer: Viewer, loaded: LoadedSnapshot) -> AddonResponse:
        now, snapshot = self._now(), loaded.snapshot
        times = cache_times(snapshot.fetched_at, now, lifetime(snapshot, self._max_age))
        is_shuffled = asked.query.sort is Sort.SHUFFLE
        day = self._shuffle_days.day(ref, viewer.address, asked.skip, now.date()) if is_shuffled else now.date()
        made_of = (loaded.stamp, times, day if is_shuffled else None)
        if kept := self._responses.get((ref, asked), made_of):
            return kept
        arranged = await loaded.arranged(asked.query, day)
        if not snapshot.titles and asked.is_first_page:
            return card_response(Card.EMPTY, asked, viewer)
        metas = [meta_preview(title, self._image_urls) for title in page(arranged, asked.skip)]
        response = catalog_response(metas, times)
        self._responses.keep((ref, asked), made_of, response)
        return response

    async def _age(self, ref: ListRef, viewer: Viewer, loaded: LoadedSnapshot) -> str:
        """How old the snapshot is; a stale one is refreshed behind the viewer's back, or at a later look."""
        age = self._submitter.freshness(loaded.snapshot)
        if age is Freshness.STALE:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._submitter.submit(_request(ref, viewer), loaded.snapshot)
            except (RedisUnavailable, NotAdmitted, TimeoutError):
                _log.warning("refresh.skipped", list=str(ref))
        return age.value

    async def _without_snapshot(
        self, ref: ListRef, asked: CatalogRequest, viewer: Viewer, *, redis_answers: bool
    ) -> ServedPage:
        if news := await self._news(ref, viewer, redis_answers=redis_answers):
            response = card_response(news.card, asked, viewer, sentence=news.sentence, times=_times_of(news))
            return ServedPage(response, "syncing" if news.card is Card.SYNCING else "card")
        if last := self._responses.last((ref, asked)):
            return ServedPage(last, "remembered")
        return ServedPage(card_response(Card.UNAVAILABLE, asked, viewer), "card")

    async def _news(self, ref: ListRef, viewer: Viewer, *, redis_answers: bool) -> News | None:
        """What is going on with a list that has no snapshot; a due sync is asked for. ``None`` without Redis."""
        if not redis_answers:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return news_of((await self._submitter.submit(_request(ref, viewer), None)).job)
        except NotAdmitted as error:
            return News(Card.UNAVAILABLE, str(error))
        except (RedisUnavailable, TimeoutError):
            return None


def card_response(
    card: Card,
    asked: CatalogRequest,
    viewer: Viewer,
    *,
    sentence: str | None = None,
    times: CacheTimes = CARD,
) -> AddonResponse:
    """A catalog of one card. A search and further pages stay empty: a card is no search result."""
    metas = [card_meta(card, asked.type, viewer.images_url, sentence)] if asked.may_show_card else []
    return catalog_response(metas, times)


def _request(ref: ListRef, viewer: Viewer) -> SyncRequest:
    return SyncRequest(ref=ref, asker=Asker.VIEWER, budget_key=viewer.address, correlation_id=viewer.correlation_id)


def _times_of(news: News) -> CacheTimes:
    return SYNCING if news.card is Card.SYNCING else CARD
