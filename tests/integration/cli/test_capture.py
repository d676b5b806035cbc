"""Each list of the stand-in site, captured through a real browser and read again: the same outcome, title by title."""

import pytest

from captures.lists import LISTS
from tiers import in_full
from watchsync.cli.capture import captured, outcome_of, replayed
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Size
from watchsync.imdb.capture_file import read
from watchsync.imdb.capture_replay import ReplayReader
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
from watchsync.settings import load
from watchsync.worker.app import open_reader

FAST = ["page-private", "page-redirected", "page-drifted", "page-shifting", "graphql-profile", "both-refused-pages"]
OTHERS = [name for name in LISTS if name not in FAST]


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as opened:
        yield opened


@pytest.fixture
def settings(sites, redis_url, tmp_path):
    return load(
        redis_url=redis_url,
        data_dir=tmp_path,
        imdb_url=sites.imdb_url,
        imdb_graphql_url=sites.graphql_url,
        imdb_interval_seconds=0.0,
    )


class Kept:
    """A reader that keeps what it read last."""

    def __init__(self, reader):
        self.reader = reader
        self.titles = []

    async def read(self, ref, report, is_enough):
        reading = await self.reader.read(ref, report, is_enough)
        self.titles = [
            (each.id, each.kind, each.name, each.year, each.rating, each.added_at) for each in reading.titles
        ]
        return reading


@pytest.mark.parametrize("name", [*FAST, *in_full(OTHERS)])
async def test_a_captured_list_replayed_gives_the_outcome_of_the_live_reading(settings, sites, client, name):
    slug, strategies, _ = LISTS[name]
    ref, settings = ListRef.parse(slug), settings.model_copy(update={"imdb_strategies": strategies})
    async with open_reader(settings, Metrics()) as reader:
        live = Kept(reader)
        outcome = await outcome_of(live, ref)
    sites.control.reset()  # a list that changes at each reading begins anew
    await client.flushall()  # what the live reading opened bars no other
    file, outcome_captured = await captured(ref, settings)
    again = read(file)
    replay = Kept(ReplayReader(again))
    assert await outcome_of(replay, again.ref) == outcome == outcome_captured == await replayed(again)
    assert replay.titles == live.titles
    assert slug.encode() not in str(again).encode()
