"""What do we know about a title that this reading does not say? Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from watchsync.snapshot import Snapshot
from watchsync.titles import Title


def carry_over(known: Snapshot | None, titles: Iterable[Title], now: datetime) -> tuple[Title, ...]:
    """Give each title its date added and TMDB's facts as they were known before.

    The page's own date counts, then the date that we kept. A title that is new since the last sync was added ``now``,
    when we saw it first; at a list's first sync nobody knows.
    """
    if known is None:
        return tuple(titles)
    before = {title.id: title for title in known.titles}
    return tuple(_with_known(title, before.get(title.id), now) for title in titles)


def _with_known(title: Title, before: Title | None, now: datetime) -> Title:
    if before is None:
        return title if title.added_at else replace(title, added_at=now)
    return replace(
        title,
        added_at=title.added_at or before.added_at,
        tmdb_id=before.tmdb_id,
        tmdb_poster=before.tmdb_poster,
        tmdb_backdrop=before.tmdb_backdrop,
        popularity=before.popularity,
    )
