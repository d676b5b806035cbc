"""What is answered to somebody who looks at a catalog, whatever state its list is in?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchsync import logs
from watchsync.api.asking import Asking
from watchsync.catalog.freshness import (
    CARD,
    SYNCING,
    CacheTimes,
    Freshness,
    cache_times,
    freshness,
    lifetime,
)
from watchsync.catalog.shelf import Shelf, Shelved
from watchsync.catalog.view import Sort, page
from watchsync.errors import RedisAway
from watchsync.job import Job
from watchsync.refs import ListRef
from watchsync.stremio.answer import Answer, Answers, catalog_answer
from watchsync.stremio.cards import Card, card_meta, card_of, sentence_of
from watchsync.stremio.meta import Pictures, meta_preview
from watchsync.stremio.request import CatalogRequest

_PATIENCE_SECONDS: Final = 2.5
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """One request, apart from what it asks for."""

    codings: tuple[str, ...]
    pictures_url: str
    """Where this server's own pictures are."""
    correlation_id: str | None = None
    recheck: bool = False
    """The client wants nothing from memory."""


@dataclass(frozen=True, slots=True)
class Made:
    """An answer, and what it was made of: ``fresh``, ``stale``, ``syncing``, ``card`` or ``remembered``."""

    answer: Answer
    source: str


class Catalogs:
    """Answers catalog requests from memory, Redis and the queue, in this order; it never fails."""

    def __init__(
        self,
        shelf: Shelf,
        asking: Asking,
        pictures: Pictures,
        now: Callable[[], datetime],
        max_age: timedelta,
    ) -> None:
        self.shelf = shelf
        self._asking = asking
        self._pictures = pictures
        self._now = now
        self._max_age = max_age
        self._answers = Answers()

    def age(self, shelved: Shelved) -> Freshness:
        """Whether a snapshot is fresh."""
        return freshness(shelved.snapshot.fetched_at, self._now(), lifetime(shelved.snapshot, self._max_age))

    async def answer(self, ref: ListRef, asked: CatalogRequest, look: Look) -> Made:
        """The page that is asked for, or the best that can be shown instead."""
        try:
            return await self._answer(ref, asked, look)
        except Exception:  # noqa: BLE001 - Stremio storms at a 500; the log keeps the fault
            _log.exception("catalog_failed", list=str(ref))
            return Made(card_answer(Card.TROUBLE, asked, look), "card")

    async def _answer(self, ref: ListRef, asked: CatalogRequest, look: Look) -> Made:
        found = await self.shelf.find(ref, recheck=look.recheck)
        if found.shelved is None:
            return await self._without_snapshot(ref, asked, look, redis_answers=found.redis_answered)
        made = await self._page(ref, asked, look, found.shelved)
        if not found.redis_answered:
            return Made(made, "remembered")
        age = self.age(found.shelved)
        if age is Freshness.STALE:
            await self._refresh_behind(ref, look)
        return Made(made, age.value)

    async def _page(self, ref: ListRef, asked: CatalogRequest, look: Look, shelved: Shelved) -> Answer:
        now = self._now()
        times = cache_times(shelved.snapshot.fetched_at, now, lifetime(shelved.snapshot, self._max_age))
        day = now.date() if asked.query.sort is Sort.SHUFFLE else None
        made_of = (shelved.stamp, times, day)
        kept = self._answers.get((ref, asked, look.codings[0]), made_of)
        if kept is not None:
            return kept
        arranged = await shelved.arranged(asked.query, now.date())
        if not arranged and asked.is_first_page:
            return card_answer(Card.EMPTY, asked, look)
        metas = [meta_preview(title, self._pictures) for title in page(arranged, asked.skip)]
        made = catalog_answer(metas, times, look.codings)
        self._answers.keep((ref, asked, look.codings[0]), made_of, made)
        return made

    async def _refresh_behind(self, ref: ListRef, look: Look) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._asking.refresh_behind(ref, look.correlation_id)
        except TimeoutError:
            _log.warning("refresh_not_queued", list=str(ref))

    async def _without_snapshot(self, ref: ListRef, asked: CatalogRequest, look: Look, *, redis_answers: bool) -> Made:
        if redis_answers:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return _news(await self._asking.first_sync(ref, look.correlation_id), asked, look)
            except (RedisAway, TimeoutError):
                pass
        for coding in look.codings:
            if last := self._answers.last((ref, asked, coding)):
                return Made(last, "remembered")
        return Made(card_answer(Card.AWAY, asked, look), "card")


def card_answer(
    card: Card,
    asked: CatalogRequest,
    look: Look,
    *,
    sentence: str | None = None,
    times: CacheTimes = CARD,
) -> Answer:
    """A catalog of one card. A search and further pages stay empty: a card is no search result."""
    metas = [card_meta(card, asked.type, look.pictures_url, sentence)] if asked.may_show_card else []
    return catalog_answer(metas, times, look.codings)


def _news(job: Job, asked: CatalogRequest, look: Look) -> Made:
    card = card_of(job)
    if card is Card.SYNCING:
        made = card_answer(card, asked, look, sentence=sentence_of(job), times=SYNCING)
        return Made(made, "syncing")
    return Made(card_answer(card, asked, look, sentence=sentence_of(job)), "card")
