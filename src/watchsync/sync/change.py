"""Does the first page say that nothing changed, and may it be taken at its word? Pure."""

from datetime import datetime, timedelta

from watchsync.snapshot import Reading, Snapshot

_FULL_READ_EVERY = timedelta(hours=24)
"""Ratings, years and names of titles change without the list being touched."""


def may_glance(known: Snapshot, now: datetime) -> bool:
    """Whether a look at the first page may do: something to compare with is known, and all pages were read lately."""
    reading = known.reading
    if not known.is_full or known.read_in_full_at is None or reading.modified_at is None or reading.first_page is None:
        return False
    return now - known.read_in_full_at < _FULL_READ_EVERY


def is_unchanged(known: Reading, seen: Reading) -> bool:
    """Whether the first page shows the known date of the last change, total, and titles with their dates added."""
    return (known.modified_at, known.total, known.first_page) == (seen.modified_at, seen.total, seen.first_page)
