"""What do we know about a title that this reading does not say? Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from watchsync.snapshot import Snapshot
from watchsync.titles import Title


def remember(known: Snapshot | None, titles: Iterable[Title], now: datetime) -> tuple[Title, ...]:
    """Give each title its date added and TMDB's facts as they were known before.

    The page's own date counts; where it has none, the date that we kept, else ``now``, the first time seen.
    """
    before = {title.id: title for title in known.titles} if known else {}
    return tuple(_with_memory(title, before.get(title.id), now) for title in titles)


def _with_memory(title: Title, before: Title | None, now: datetime) -> Title:
    if before is None:
        return title if title.added_at else replace(title, added_at=now)
    return replace(
        title,
        added_at=title.added_at or before.added_at or now,
        tmdb_id=before.tmdb_id,
        tmdb_poster=before.tmdb_poster,
        tmdb_backdrop=before.tmdb_backdrop,
        popularity=before.popularity,
    )
