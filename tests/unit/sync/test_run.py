"""One sync, with a reader and an enricher that note what they are asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import EARLIER, NOW, reading, snapshot, title
from watchsync.errors import PartialRead
from watchsync.snapshot import Completeness, Snapshot
from watchsync.sync.run import Sync
from watchsync.tmdb.enrich import Enriched

WHOLE = replace(reading(600), modified_at=EARLIER, first_page="abc")
LATELY = NOW - timedelta(hours=6)


class Site:
    """A list as it stands; a reader that stops after the first page where that is enough."""

    def __init__(self, *shown):
        self.shown = list(shown)
        self.reads = 0
        self.glances = 0

    async def read(self, ref, report, is_enough):
        shown = self.shown[min(self.reads + self.glances, len(self.shown) - 1)]
        if shown.rows > 250 and is_enough(replace(shown, rows=250, titles=shown.titles[:250])):
            self.glances += 1
            return replace(shown, rows=250, titles=shown.titles[:250], is_glance=True)
        self.reads += 1
        return shown


class Posters:
    def __init__(self):
        self.asked = 0

    async def enrich(self, titles, report):
        self.asked += 1
        return Enriched(tuple(replace(each, tmdb_id=7) for each in titles))


class Stored:
    def __init__(self, known):
        self.known = known

    async def load(self, ref):
        return self.known


class Scene:
    def __init__(self, known, *shown):
        self.site, self.posters, self.said = Site(*shown), Posters(), []
        self.sync = Sync(self.site, self.posters, Stored(known), lambda: NOW, timedelta(hours=12))

    async def run(self, **how):
        return await self.sync.run(WHOLE.ref, lambda progress: self.said.append(progress.message), **how)


def known(**facts):
    return replace(snapshot(WHOLE), **{"fetched_at": LATELY, "read_in_full_at": LATELY, **facts})


async def test_a_first_sync_reads_the_whole_list():
    scene = Scene(None, WHOLE)
    synced = await scene.run()
    assert (scene.site.reads, synced.is_unchanged, len(synced.snapshot.titles)) == (1, False, 600)
    assert (synced.snapshot.fetched_at, synced.snapshot.read_in_full_at) == (NOW, NOW)


async def test_an_unchanged_list_is_fresh_again_after_a_glance():
    scene = Scene(known(), WHOLE)
    synced = await scene.run()
    assert (scene.site.reads, scene.site.glances, synced.is_unchanged) == (0, 1, True)
    assert synced.snapshot == Snapshot(reading=WHOLE, fetched_at=NOW, read_in_full_at=LATELY)
    assert scene.said == ["Nothing has changed on the list"]
    assert scene.posters.asked == 0


async def test_a_full_read_follows_in_its_time_however_often_it_was_glanced_at():
    scene = Scene(known(read_in_full_at=NOW - timedelta(hours=24)), WHOLE)
    synced = await scene.run()
    assert (scene.site.reads, scene.site.glances) == (1, 0)
    assert synced.snapshot.read_in_full_at == NOW


async def test_who_asks_by_force_gets_a_full_read():
    scene = Scene(known(), WHOLE)
    assert not (await scene.run(force=True)).is_unchanged
    assert scene.site.reads == 1


async def test_a_changed_list_is_read_on_at_once():
    scene = Scene(known(), replace(WHOLE, titles=(*WHOLE.titles, title(601)), rows=601, total=601))
    synced = await scene.run()
    assert (scene.site.reads, scene.site.glances, len(synced.snapshot.titles)) == (1, 0, 601)


async def test_posters_that_are_owed_are_asked_for_although_nothing_changed():
    scene = Scene(known(unenriched=("tt0000001",)), WHOLE)
    synced = await scene.run()
    assert synced.is_unchanged
    assert (synced.snapshot.unenriched, synced.snapshot.titles[0].tmdb_id) == ((), 7)


OWED = {"unenriched": ("tt0000001",)}


@pytest.mark.parametrize(
    ("facts", "how", "asks_imdb"),
    [
        (OWED, {"facts_will_do": True}, False),
        ({**OWED, "read_in_full_at": NOW - timedelta(days=2)}, {"facts_will_do": True}, False),
        ({**OWED, "completeness": Completeness.UNKNOWN}, {"facts_will_do": True}, False),
        ({**OWED, "fetched_at": NOW - timedelta(minutes=1)}, {"facts_will_do": True}, False),
        ({**OWED, "fetched_at": NOW - timedelta(hours=11, minutes=59)}, {"facts_will_do": True}, False),
        ({**OWED, "fetched_at": NOW - timedelta(hours=12)}, {"facts_will_do": True}, True),
        ({**OWED, "completeness": Completeness.PARTIAL}, {"facts_will_do": True}, True),
        (OWED, {"facts_will_do": True, "force": True}, True),
        (OWED, {}, True),
        ({}, {"facts_will_do": True}, True),
    ],
)
async def test_what_tmdb_owes_is_no_reason_to_ask_imdb(facts, how, asks_imdb):
    scene = Scene(known(**facts), WHOLE)
    synced = await scene.run(**how)
    assert bool(scene.site.reads + scene.site.glances) is asks_imdb
    assert asks_imdb or synced.snapshot.fetched_at == known(**facts).fetched_at
    assert asks_imdb or (synced.snapshot.unenriched, synced.snapshot.titles[0].tmdb_id) == ((), 7)


async def test_a_doubtful_reading_is_made_again_in_full():
    scene = Scene(known(), replace(reading(47, total=203)), reading(60, total=203))
    with pytest.raises(PartialRead):
        await scene.run()
    assert scene.site.reads == 2
