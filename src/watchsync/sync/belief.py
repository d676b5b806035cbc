"""May this reading replace what we have? One table, here and in docs/belief.md. Pure.

Two things decide: whether the reading is as good as the best that the list was read from (pages' JSON and the data
service are; JSON-LD and visible rows are a lesser form), and whether it reached the total that the list itself states.
"""

from enum import Enum

from watchsync.snapshot import Completeness, Reading, Snapshot

_SMALL_TITLES = 10
"""Below so many titles a list may well be cleared by its owner."""
_MOST_SHARE = 0.5
"""A full reading that keeps less than this of the known titles is doubted."""
_FEW_ROWS = 5
_FEW_SHARE = 0.02
"""So many rows, or this share of the total, may be missing for good: IMDb counts rows that it does not show."""
_LESSER_FORMS = frozenset({"jsonld", "dom"})


class Belief(Enum):
    """What to do with a reading."""

    ACCEPT = "accept"
    """It replaces what was known."""
    MERGE = "merge"
    """What it has that was not known is added; nothing is taken away or changed."""
    CONFIRM = "confirm"
    """Read again before believing it."""
    REJECT = "reject"
    """Keep what we have and try later."""


def is_lesser(reading: Reading) -> bool:
    """Whether it was read from a form that shows fewer rows and facts."""
    return reading.form in _LESSER_FORMS


def believe(known: Snapshot | None, reading: Reading, first: Reading | None = None) -> Belief:
    """Judge a reading; ``first`` is the doubtful one that it was to confirm, if it is the second."""
    if known is not None and (is_lesser(reading) or reading.total is None) and _would_take_away(known, reading):
        return Belief.MERGE
    is_short = reading.total is not None and not reading.is_whole and reading.bound is None
    if is_short and not _is_settled_as_before(known, reading):
        return _believe_short(known, reading, first)
    if _lost_most(known, reading) and not _says_the_same(reading, first):
        return Belief.CONFIRM if first is None else Belief.REJECT
    return Belief.ACCEPT


def completeness_of(known: Snapshot | None, reading: Reading, first: Reading | None = None) -> Completeness:
    """What an accepted reading is: the whole list, as good as that, a part, or nobody can tell."""
    if reading.total is None:
        return Completeness.UNKNOWN
    if reading.is_whole:
        return Completeness.COMPLETE
    if reading.bound is None and (_is_settled_as_before(known, reading) or _is_settled(reading, first)):
        return Completeness.SETTLED
    return Completeness.PARTIAL


def _believe_short(known: Snapshot | None, reading: Reading, first: Reading | None) -> Belief:
    """Rows are missing: a second reading has to lack the same few, or to be no smaller than the part that is known."""
    if first is None:
        return Belief.CONFIRM
    if _is_settled(reading, first):
        return Belief.ACCEPT
    is_larger_part = known is None or (not known.is_full and reading.rows >= known.reading.rows)
    return Belief.ACCEPT if is_larger_part else Belief.REJECT


def _would_take_away(known: Snapshot, reading: Reading) -> bool:
    """Whether it is from a lesser form than what is known, or lacks a title that is known."""
    if is_lesser(reading) and not is_lesser(known.reading):
        return True
    return not {title.id for title in known.titles} <= {title.id for title in reading.titles}


def _is_settled(reading: Reading, first: Reading | None) -> bool:
    """Whether two readings in a row lack the same few rows."""
    return _lacks_few(reading) and _says_the_same(reading, first)


def _is_settled_as_before(known: Snapshot | None, reading: Reading) -> bool:
    """Whether no more rows are missing than were found to be missing for good."""
    if known is None or known.completeness is not Completeness.SETTLED or not _lacks_few(reading):
        return False
    return reading.missing <= known.reading.missing


def _lacks_few(reading: Reading) -> bool:
    return reading.missing <= max(_FEW_ROWS, _FEW_SHARE * (reading.total or 0))


def _says_the_same(reading: Reading, first: Reading | None) -> bool:
    """Whether both readings found the same rows and the same total."""
    if first is None or (reading.rows, reading.total) != (first.rows, first.total):
        return False
    return {title.id for title in reading.titles} == {title.id for title in first.titles}


def _lost_most(known: Snapshot | None, reading: Reading) -> bool:
    before = len(known.titles) if known else 0
    return before > _SMALL_TITLES and len(reading.titles) < _MOST_SHARE * before
