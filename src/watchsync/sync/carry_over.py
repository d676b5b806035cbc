"""What do we know about a title that this reading does not say? Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from watchsync.snapshot import Snapshot
from watchsync.titles import Title


def carry_over(known: Snapshot | None, titles: Iterable[Title], now: datetime) -> tuple[Title, ...]:
    """Give each title its date added and TMDB's facts as they were known before.

    The page's own date counts, then the date that we kept. A title that is new since the whole list was read was added
    ``now``, when we saw it first; before that nobody knows: what a part left out may have stood there for years.
    """
    if known is None:
        return tuple(titles)
    before = {title.id: title for title in known.titles}
    first_seen = now if known.read_in_full_at else None
    return tuple(_with_known(title, before.get(title.id), first_seen) for title in titles)


def _with_known(title: Title, before: Title | None, first_seen: datetime | None) -> Title:
    if before is None:
        return replace(title, added_at=title.added_at or first_seen)
    return replace(
        title,
        added_at=title.added_at or before.added_at,
        tmdb_id=before.tmdb_id,
        tmdb_poster=before.tmdb_poster,
        tmdb_backdrop=before.tmdb_backdrop,
        popularity=before.popularity,
    )
