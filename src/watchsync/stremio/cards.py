"""What does a catalog show when there is no list to show?

Stremio takes an error for a broken addon, so the news comes as one card that says what happens and what to
do. Opened, it says so at length, with the next try and the ways on.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from watchsync.job import Job, JobError, JobState

CARD_PREFIX: Final = "watchsync:"
"""With this begin the ids of cards; no title's id does."""


class Card(StrEnum):
    """The news that a card can bring; each has a picture of its own."""

    SYNCING = "syncing"
    PRIVATE = "private"
    NOT_FOUND = "not-found"
    NOT_TITLES = "not-titles"
    BLOCKED = "blocked"
    TROUBLE = "trouble"
    EMPTY = "empty"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    READY = "ready"


_SAYS: Final[dict[Card, tuple[str, str]]] = {
    Card.SYNCING: (
        "Your list is being read",
        "This is the first sync of this list. Open the catalog again in a minute.",
    ),
    Card.PRIVATE: (
        "This list is private",
        "Open it on IMDb, choose Edit, set Privacy to Public. We look again every few minutes.",
    ),
    Card.NOT_FOUND: (
        "No such list on IMDb",
        "Check the address: press Configure and paste the address of your watchlist's page again.",
    ),
    Card.NOT_TITLES: (
        "This list holds no titles",
        "Only films and series can be played. Press Configure and paste the address of your watchlist.",
    ),
    Card.BLOCKED: (
        "IMDb is refusing this server",
        "There is nothing to do: we retry automatically.",
    ),
    Card.TROUBLE: (
        "The list could not be read",
        "Something went wrong on the way. We retry automatically.",
    ),
    Card.EMPTY: (
        "Nothing here yet",
        "This list holds no titles of this type. Add some on IMDb and they appear here.",
    ),
    Card.UNAVAILABLE: (
        "Back in a moment",
        "This server cannot reach its store. It is most likely being restarted: open the catalog again soon.",
    ),
    Card.UNKNOWN: (
        "Not an IMDb list",
        "The addon's address names no IMDb user or list. Remove it and install it again from its page.",
    ),
    Card.READY: (
        "Your list is here",
        "Go back and open the catalog again: it shows your titles now.",
    ),
}
_OF_CODE: Final = {
    "private": Card.PRIVATE,
    "not-found": Card.NOT_FOUND,
    "not-titles": Card.NOT_TITLES,
    "list-unreadable": Card.NOT_FOUND,
    "origin-refusal": Card.BLOCKED,
    "challenge": Card.BLOCKED,
    "captcha": Card.BLOCKED,
    "refused": Card.BLOCKED,
    "client-name-refused": Card.BLOCKED,
    "throttled": Card.BLOCKED,
    "cooling-down": Card.BLOCKED,
    "sign-in": Card.BLOCKED,
}


@dataclass(frozen=True, slots=True)
class News:
    """What is going on with a list: the card for it, what its job says, and when it is tried next."""

    card: Card
    sentence: str | None = None
    next_try_at: datetime | None = None


def news_of(job: Job | None) -> News:
    """The news of a list that has no snapshot, by its latest job; ``None`` for one that ended a moment ago."""
    if job is None:
        return News(Card.SYNCING)
    return News(card_of(job), sentence_of(job), job.due_at if job.state is JobState.DELAYED else None)


def card_of(job: Job) -> Card:
    """The card for a list that has no snapshot, by its latest job."""
    if job.error is not None and job.state in {JobState.DEAD, JobState.DELAYED}:
        return _OF_CODE.get(job.error.code, Card.TROUBLE)
    return Card.SYNCING


def sentence_of(job: Job) -> str | None:
    """What the job itself says: how far it is, or why it failed."""
    if card_of(job) is not Card.SYNCING:
        return _reason(job.error)
    if job.state is not JobState.RUNNING or job.progress is None or not job.progress.message:
        return None
    return f"{job.progress.message.rstrip('.… ')}. Open the catalog again in a minute."


def name_of(card: Card) -> str:
    """The card's title, on its picture too."""
    return _SAYS[card][0]


def card_meta(card: Card, type_: str, pictures_url: str, sentence: str | None = None) -> dict[str, Any]:
    """The card as a catalog item; ``sentence`` says more than the card's own text."""
    name, text = _SAYS[card]
    return {
        "id": f"{CARD_PREFIX}{card.value}",
        "type": "series" if type_ == "series" else "movie",
        "name": name,
        "poster": f"{pictures_url}/card-{card.value}.png",
        "posterShape": "poster",
        "description": sentence or text,
        "releaseInfo": "watchsync",
    }


def opened_card(
    news: News, type_: str, *, now: datetime, pictures_url: str, configure_url: str, catalog_link: str
) -> dict[str, Any]:
    """The card as a title's own page: the news, what to do, the next try, and links to go on by.

    ``configure_url`` is the list's page; ``catalog_link`` leads back to the catalog inside Stremio.
    """
    meta = card_meta(news.card, type_, pictures_url, news.sentence)
    if news.next_try_at is not None:
        meta["description"] += f"\n\nNext try: {_from_now((news.next_try_at - now).total_seconds())}."
    meta["links"] = [
        {"name": name, "category": "What next", "url": url}
        for name, url in (("Configure", configure_url), ("Open the catalog again", catalog_link))
    ]
    return meta


def _from_now(seconds: float) -> str:
    """A time to come, in words that are right in every time zone."""
    minutes = math.ceil(seconds / 60)
    if minutes <= 1:
        return "within a minute"
    return f"in about {minutes} minutes" if minutes < 120 else f"in about {round(minutes / 60)} hours"


def _reason(error: JobError | None) -> str | None:
    return error.message if error else None
