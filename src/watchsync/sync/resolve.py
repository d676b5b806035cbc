"""Which titles are known well enough to be shown? Those without a type or a name are left out, and counted. Pure."""

from collections import Counter
from dataclasses import replace

from watchsync.snapshot import Reading, Snapshot
from watchsync.titles import Kind, Title

TYPE_UNKNOWN = "type-unknown"
NAMELESS = "nameless"


def resolve(known: Snapshot | None, reading: Reading) -> Reading:
    """Fill in types and names that neither the page nor TMDB told from the known snapshot; leave out what lacks one."""
    before = {title.id: title for title in known.titles} if known else {}
    kept: list[Title] = []
    left_out = Counter(reading.left_out)
    for title in reading.titles:
        filled = _filled(title, before.get(title.id))
        if filled.kind is Kind.UNKNOWN:
            left_out[TYPE_UNKNOWN] += 1
        elif not filled.name:
            left_out[NAMELESS] += 1
        else:
            kept.append(filled)
    return replace(reading, titles=tuple(kept), left_out=dict(left_out))


def _filled(title: Title, before: Title | None) -> Title:
    if before is None or (title.kind is not Kind.UNKNOWN and title.name):
        return title
    kind = before.kind if title.kind is Kind.UNKNOWN else title.kind
    return replace(title, kind=kind, name=title.name or before.name)


def merge(known: Snapshot, reading: Reading) -> Reading:
    """The known reading with the titles that only the new one has, at the end that is the newest."""
    held = {title.id for title in known.titles}
    added = [title for title in reading.titles if title.id not in held]
    last = max((title.position for title in known.titles), default=0)
    placed = [replace(title, position=last + number) for number, title in enumerate(added, start=1)]
    return replace(
        known.reading,
        titles=(*known.titles, *placed),
        rows=known.reading.rows + len(placed),
        first_page=None,
    )
