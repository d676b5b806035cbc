"""When does each title come out? A calendar (RFC 5545) of the days that are known."""

from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event, vDuration

from watchsync.feeds.feed import Feed
from watchsync.snapshot import Snapshot
from watchsync.titles import Kind, Title

_REFRESH: Final = timedelta(hours=12)
_WORD: Final = {Kind.MOVIE: "film", Kind.SERIES: "series", Kind.UNKNOWN: "title"}


def releases(snapshot: Snapshot, name: str) -> Feed:
    """One whole-day event for each title whose day of release is known; ``name`` is what people call the list."""
    calendar = Calendar()
    calendar.add("prodid", "-//watchsync//releases//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{_one_line(name)}: releases")
    calendar.add("refresh-interval", vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
    for title in snapshot.titles:
        if title.released is not None:
            calendar.add_component(_event(title, snapshot.fetched_at))
    return Feed(calendar.to_ical(), "text/calendar; charset=utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _event(title: Title, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{title.id}@watchsync")
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", title.released)
    event.add("summary", _one_line(title.name) or title.id)
    event.add("description", f"Release of the {_WORD[title.kind]}. https://www.imdb.com/title/{title.id}/")
    event.add("url", f"https://www.imdb.com/title/{title.id}/")
    event.add("transp", "TRANSPARENT")
    return event
