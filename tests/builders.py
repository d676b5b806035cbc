"""Readings, snapshots and titles in few words, and the truth about an invented list."""

from datetime import UTC, datetime

from watchsync.demo.lists import invented
from watchsync.refs import ListRef
from watchsync.snapshot import Completeness, Reading, Snapshot
from watchsync.titles import KIND_OF, Kind, Title, TitleType

REF = ListRef.parse("ur1")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
EARLIER = datetime(2026, 10, 1, tzinfo=UTC)


def title(number: int, **facts: object) -> Title:
    return Title(id=f"tt{number:07}", kind=Kind.MOVIE, name=f"Film {number}", position=number, **facts)


def reading(count: int, total: int | None = -1) -> Reading:
    titles = tuple(title(number) for number in range(1, count + 1))
    return Reading(ref=REF, titles=titles, total=count if total == -1 else total, rows=count)


def snapshot(of: Reading) -> Snapshot:
    is_full = of.is_whole
    completeness = Completeness.COMPLETE if is_full else Completeness.PARTIAL if of.total else Completeness.UNKNOWN
    read_in_full_at = EARLIER if is_full else None
    return Snapshot(reading=of, fetched_at=EARLIER, completeness=completeness, read_in_full_at=read_in_full_at)


def playable(slug: str) -> dict[str, Kind]:
    """Each playable title of an invented list once, under its type; episodes as their series."""
    kinds: dict[str, Kind] = {}
    for row in invented(slug):
        kind = KIND_OF[TitleType(row.type_id)]
        title_id = row.title_id
        if row.type_id == "tvEpisode":
            title_id = row.series[0] if row.series else ""
        if kind and title_id:
            kinds.setdefault(title_id, kind)
    return kinds
