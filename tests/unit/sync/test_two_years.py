"""Two years of one list: after each version the true list is shown, and no loss that was none."""

from functools import cache

import pytest

import two_years
from imdb_pages import page
from watchsync.demo.edges import edge
from watchsync.errors import PartialRead
from watchsync.imdb.paging import ListPages
from watchsync.refs import ListRef
from watchsync.snapshot import Reading
from watchsync.sync.run import Sync
from watchsync.tmdb.enrich import Enriched

REF = ListRef.parse("ur30001000")


@cache
def reading(rows, total: int) -> Reading:
    pages = ListPages(REF, "page")
    pages.add(page([edge(row, place, "https://m.example") for place, row in enumerate(rows, 1)], total=total))
    return pages.reading()


class Site:
    """Shows what it is told, the last for ever."""

    def __init__(self) -> None:
        self.shown: list[Reading] = []

    async def read(self, ref, report, is_enough) -> Reading:
        return self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]


class NoFacts:
    async def enrich(self, titles, report) -> Enriched:
        return Enriched(tuple(titles))


class Stored:
    def __init__(self) -> None:
        self.known = None

    async def load(self, ref):
        return self.known


@pytest.mark.parametrize("states_true_total", [True, False])
async def test_the_true_list_is_shown_after_each_version(states_true_total):
    site, stored = Site(), Stored()
    moments = iter(two_years.versions())
    lost = 0
    before = None
    for version in moments:
        sync = Sync(site, NoFacts(), stored, lambda at=version.at: at)
        whole = before.rows if version.is_cut else version.rows
        cut = reading(version.rows, len(whole) if states_true_total else len(version.rows))
        site.shown = [cut] if not version.is_cut or states_true_total else [cut, reading(whole, len(whole))]
        try:
            stored.known = (await sync.run(REF, lambda _: None, force=True)).snapshot
        except PartialRead:
            lost += 1
        truth = reading(whole, len(whole)).titles
        assert [title.id for title in stored.known.titles] == [title.id for title in truth]
        assert [(title.name, title.year, title.kind) for title in stored.known.titles] == [
            (title.name, title.year, title.kind) for title in truth
        ]
        assert stored.known.is_full
        before = version
    assert lost == (1 if states_true_total else 0)
