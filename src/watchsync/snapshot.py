"""What did the list hold when we last looked?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watchsync.refs import ListRef
from watchsync.titles import Title


class Completeness(StrEnum):
    """How much of the list a snapshot holds."""

    COMPLETE = "complete"
    """Every row that the list announces."""
    SETTLED = "settled"
    """The same few rows are missing for good: as good as complete."""
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    """The list announced no total, or titles were only added to what was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a list's pages, before it is compared with what was known.

    ``rows`` counts the rows that were read; every row is one of ``titles``, ``duplicates``, ``folded`` or
    ``left_out``, so ``rows == len(titles) + duplicates + folded + sum(left_out.values())``.
    """

    ref: ListRef
    titles: tuple[Title, ...]
    """Playable titles in list order, each once."""
    total: int | None
    """What the page itself says the list holds, in rows; ``None`` when it does not say."""
    rows: int
    duplicates: int = 0
    """Rows of a title that stood in the list before."""
    folded: int = 0
    """Rows of episodes that went into a series already counted."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows that Stremio cannot play, by IMDb's type (``unknown`` where it gave none that we know)."""
    pages: int = 1
    strategy: str = "page"
    """Which way it was read: ``page``, ``remote-page`` (the browser runs elsewhere) or ``graphql``."""
    form: str = "json"
    """What the rows were read from; the least of all pages counts: ``graphql``, ``json``, ``jsonld`` or ``dom``."""
    order: str = "list"
    """In which order the rows stand: ``list`` (the list's own, oldest first) or ``newest`` (newest first)."""
    bound: int | None = None
    """How many rows we read at most, where that kept us from reading all."""
    aliases: tuple[str, ...] = ()
    """Other ids of this very list that its page named, such as ``p.…`` and ``ls…`` of a watchlist."""
    name: str | None = None
    author: str | None = None
    modified_at: datetime | None = None
    """When the owner last changed the list, as the page says."""
    first_page: str | None = None
    """A digest of the first page's titles and dates added, in their order."""
    is_glance: bool = False
    """Whether only the first page was read, because it shows what was known already."""

    @property
    def is_whole(self) -> bool:
        """Whether every row that the list announced was read."""
        return self.total is not None and self.rows >= self.total

    @property
    def missing(self) -> int:
        """How many rows of those that the list announced were not read."""
        return max((self.total or 0) - self.rows, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A believed reading with dates kept across syncs and TMDB's facts: what the catalogs are made of."""

    reading: Reading
    fetched_at: datetime
    """When the list was last looked at (UTC); a snapshot's age counts from here."""
    completeness: Completeness = Completeness.COMPLETE
    read_in_full_at: datetime | None = None
    """When the whole list was last read; ``None`` if it never was."""
    unenriched: tuple[str, ...] = ()
    """Ids whose TMDB facts are still missing because TMDB was away; a later sync completes them."""

    @property
    def is_full(self) -> bool:
        """Whether it holds the whole list, or as good as that."""
        return self.completeness in {Completeness.COMPLETE, Completeness.SETTLED}

    @property
    def ref(self) -> ListRef:
        return self.reading.ref

    @property
    def titles(self) -> tuple[Title, ...]:
        return self.reading.titles
