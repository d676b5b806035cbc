"""Which page is next, and what do all pages together say? Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from watchsync.imdb.address import PAGE_SIZE, order_of
from watchsync.imdb.page import ListPage
from watchsync.imdb.rows import Row
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading
from watchsync.titles import Kind, Title, TitleType

MOST_ROWS = 25_000
"""We read no further. Watchlists hold up to 12,000 titles; ratings of more than 24,000 were seen."""
_MOST_PAGES = MOST_ROWS // PAGE_SIZE
_OWNER = re.compile(r"ur\d{1,12}|p\.[a-z0-9]{1,40}", re.ASCII)
_LIST = re.compile(r"ls\d{1,12}", re.ASCII)
_WORSE_AND_WORSE = ("graphql", "json", "jsonld", "dom")


class ListPages:
    """Collects the pages of one list; ``next_page`` says where to go on, ``reading`` what came of it."""

    def __init__(self, ref: ListRef, strategy: str) -> None:
        self._ref = ref
        self._strategy = strategy
        self._titles: dict[str, Title] = {}
        self._from_episode: set[str] = set()
        self._seen: set[str] = set()
        self._title_ids: set[str] = set()
        self._left_out: Counter[str] = Counter()
        self._duplicates = 0
        self._folded = 0
        self._pages: list[ListPage] = []
        self._is_over = False
        self.rows = 0
        """Rows read so far."""

    @property
    def total(self) -> int | None:
        """What the list says it holds; the latest word counts. Of fewer rows than a page shows, it says nothing."""
        told = (page.total for page in reversed(self._pages) if page.total is not None and page.total >= len(page.rows))
        return next(told, None)

    @property
    def next_page(self) -> int | None:
        """The number of the page to ask for; ``None`` at the end."""
        if self._is_over or len(self._pages) >= _MOST_PAGES:
            return None
        if not self._pages:
            return 1
        if self._pages[-1].has_next is False or (self.total is not None and self.rows >= self.total):
            return None
        return len(self._pages) + 1

    def knows_of(self, number: int) -> bool:
        """Whether a page after the next is known to exist, so that it may be asked for before its turn."""
        if self.next_page is None or self.total is None or number > _MOST_PAGES:
            return False
        return (number - 1) * len(self._pages[0].rows) < self.total if self._pages else False

    def is_repeated(self, page: ListPage) -> bool:
        """Whether a page holds nothing new. Past the end of a list the site shows an earlier page again.

        A page of rows that nothing tells apart is new while the list says that it holds so many more.
        """
        if any(row.key is not None for row in page.rows):
            return not any(row.key is not None and self._is_new(row, page) for row in page.rows)
        return not page.rows or self.total is None or self.rows + len(page.rows) > self.total

    @property
    def is_short(self) -> bool:
        """Whether the list says that it holds more rows than were read."""
        return self.total is not None and self.rows < self.total

    def add(self, page: ListPage) -> None:
        """Take in the page that ``next_page`` asked for. A repeated one is the last, and adds nothing."""
        self._is_over = bool(self._pages) and self.is_repeated(page)
        if not self._is_over:
            for row in page.rows:
                if self._is_new(row, page):
                    self._add_row(row)
        self._pages.append(page)

    def reading(self, *, is_glance: bool = False) -> Reading:
        """What was read; positions are counted through the whole list."""
        first = self._pages[0]
        form = max((page.form for page in self._pages), key=_WORSE_AND_WORSE.index)
        return Reading(
            ref=self._ref,
            titles=tuple(self._titles.values()),
            total=self.total,
            rows=self.rows,
            duplicates=self._duplicates,
            folded=self._folded,
            left_out=dict(self._left_out),
            pages=len(self._pages),
            strategy=self._strategy,
            form=form,
            order=order_of(self._ref),
            bound=self.rows if self.is_short and len(self._pages) >= _MOST_PAGES else None,
            aliases=_aliases(self._ref, first.ids),
            name=first.name,
            author=first.author,
            modified_at=first.modified_at,
            first_page=_digest(first.rows),
            is_glance=is_glance,
        )

    def _is_new(self, row: Row, page: ListPage) -> bool:
        """Whether a row was not read before. Forms tell rows apart in different ways, but titles in the same."""
        if row.title and any(each.form != page.form for each in self._pages):
            return row.title.id not in self._title_ids
        return row.key is None or row.key not in self._seen

    def _add_row(self, row: Row) -> None:
        self.rows += 1
        if row.key is not None:
            self._seen.add(row.key)
        if row.title:
            self._title_ids.add(row.title.id)
        title, is_episode = row.title, row.type_id == TitleType.TV_EPISODE
        if is_episode:
            title = row.series
        if title is None or row.kind is None:
            self._left_out[_label(row)] += 1
            return
        self._add_title(_placed(title, row.kind, self.rows), is_episode)

    def _add_title(self, title: Title, is_episode: bool) -> None:
        known = self._titles.get(title.id)
        if known is None:
            self._titles[title.id] = title
            if is_episode:
                self._from_episode.add(title.id)
            return
        own_row_comes_late = not is_episode and title.id in self._from_episode
        if is_episode or own_row_comes_late:
            self._folded += 1
        else:
            self._duplicates += 1
        facts = title if own_row_comes_late else known
        self._from_episode.discard(title.id) if own_row_comes_late else None
        added_at = _newest(known.added_at, title.added_at)
        self._titles[title.id] = replace(facts, position=known.position, added_at=added_at)


def _aliases(ref: ListRef, ids: Iterable[str]) -> tuple[str, ...]:
    """Other ids of a user's list. A list with a number of its own is not its owner's watchlist."""
    if ref.kind is ListKind.LIST:
        return ()
    own = (_OWNER, _LIST) if ref.kind is ListKind.WATCHLIST else (_OWNER,)
    return tuple(dict.fromkeys(each for each in ids if each != ref.id and any(form.fullmatch(each) for form in own)))


def _placed(title: Title, kind: Kind, position: int) -> Title:
    """Mostly the row said so itself, and a copy costs as much as reading it."""
    if title.kind is kind and title.position == position:
        return title
    return replace(title, kind=kind, position=position)


def _digest(rows: Iterable[Row]) -> str:
    """Equal for equal titles with equal dates added in the same order, whoever read them."""
    marks = ((row.title.id, row.title.added_at) if row.title else (row.key, None) for row in rows)
    return hashlib.blake2b(repr([*marks]).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _newest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _label(row: Row) -> str:
    try:
        return TitleType(row.type_id or "").value if row.title else "unknown"
    except ValueError:
        return "unknown"
