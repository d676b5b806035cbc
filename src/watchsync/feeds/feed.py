"""May this snapshot be handed on, and what is handed on of it?"""

from dataclasses import dataclass
from typing import Final

from watchsync.errors import NotFed
from watchsync.snapshot import Completeness, Snapshot

_WHY: Final = {
    Completeness.PARTIAL: "Only a part of the list arrived",
    Completeness.UNKNOWN: "Nobody can tell whether this is the whole list",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """A list in another program's form."""

    body: bytes
    content_type: str


def assert_whole(snapshot: Snapshot) -> None:
    """Raise NotFed for a part: a program that removes what is no longer listed would delete somebody's library."""
    if not snapshot.is_full:
        raise NotFed(f"{_WHY[snapshot.completeness]}, so it is not handed to other programs. Sync it again.")
