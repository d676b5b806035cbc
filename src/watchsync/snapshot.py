"""What did the list hold when we last looked?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watchsync.refs import ListRef
from watchsync.titles import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One walk over a list's pages, before it is compared with what was known.

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
        """Whether every row that the page announced was read."""
        return self.total is not None and self.rows >= self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A believed reading with dates kept across syncs and TMDB's facts: what the catalogs are made of."""

    reading: Reading
    fetched_at: datetime
    """When the list was last looked at (UTC); a snapshot's age counts from here."""
    read_in_full_at: datetime | None = None
    """When all pages were last read, where that was not at ``fetched_at``."""
    unenriched: tuple[str, ...] = ()
    """Ids whose TMDB facts are still missing because TMDB was away; a later sync completes them."""

    @property
    def ref(self) -> ListRef:
        return self.reading.ref

    @property
    def titles(self) -> tuple[Title, ...]:
        return self.reading.titles
