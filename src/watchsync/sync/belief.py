"""May this reading replace what we have? Pure."""

from enum import Enum

from watchsync.snapshot import Reading, Snapshot

_SMALL = 10
"""Below so many titles a list may well be cleared by its owner."""
_MOST_SHARE = 0.5
"""A whole reading that keeps less than this of the known titles is doubted."""
_NEARLY_ALL = 0.9
"""A repeated reading with this share of the announced rows is as good as IMDb will give."""


class Belief(Enum):
    """What to do with a reading."""

    BELIEVE = "believe"
    CONFIRM = "confirm"
    """Read again before believing it."""
    REJECT = "reject"
    """Keep what we have and try later."""


def first_look(known: Snapshot | None, reading: Reading) -> Belief:
    """Judge a first reading: a partial one, or the sudden loss of most titles, needs a second."""
    if _is_complete(reading) and not _lost_most(known, reading):
        return Belief.BELIEVE
    return Belief.CONFIRM


def second_look(known: Snapshot | None, first: Reading, second: Reading) -> Belief:
    """Judge the second reading of a doubtful list: believed if it is sound by itself, or says the same again.

    A partial one that says the same again is still rejected when a good snapshot would shrink by it.
    """
    if first_look(known, second) is Belief.BELIEVE:
        return Belief.BELIEVE
    if (second.rows, second.total) != (first.rows, first.total):
        return Belief.REJECT
    shrinks = known is not None and second.rows < known.reading.rows
    if not _is_complete(second) and shrinks and second.rows < _NEARLY_ALL * (second.total or 0):
        return Belief.REJECT
    return Belief.BELIEVE


def _is_complete(reading: Reading) -> bool:
    """A page that announces no total gives nothing to compare with."""
    return reading.total is None or reading.is_whole


def _lost_most(known: Snapshot | None, reading: Reading) -> bool:
    before = len(known.titles) if known else 0
    return before > _SMALL and len(reading.titles) < _MOST_SHARE * before
