"""What anybody may ask for in endless variety cannot make a process grow beyond its bound: bytes are counted."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from builders import reading, snapshot, title
from watchsync.api.addon import _asked, _asked_once, _ref, _ref_once
from watchsync.api.limits import Limits
from watchsync.catalog.codec import decode, encode
from watchsync.catalog.freshness import CacheTimes
from watchsync.catalog.shuffle_day import ShuffleDays
from watchsync.catalog.snapshot_cache import LoadedSnapshot, SnapshotCache
from watchsync.catalog.view import Query, Sort
from watchsync.http.client import client_of
from watchsync.refs import ListRef
from watchsync.stremio.content_coding import ContentCoder, best_coding
from watchsync.stremio.request import CatalogRequest
from watchsync.stremio.response import AddonResponse, ResponseCache, json_response

TIMES = CacheTimes(60, 60, 60)
WIDE = "\U0001f3ac"
"""A letter that takes four bytes."""


class Measured:
    bytes = 0


@contextmanager
def measured():
    found = Measured()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield found
        gc.collect()
        found.bytes = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


VARIETIES: dict[str, Callable[[int], Query]] = {
    "searches": lambda number: Query(search=f"{number}{WIDE * 190}"),
    "genres": lambda number: Query(genre=f"{number}{WIDE * 190}"),
    "both": lambda number: Query(search=f"{number}{WIDE * 190}", genre=f"{number}{WIDE * 190}"),
}


@pytest.mark.parametrize("variety", VARIETIES)
@pytest.mark.parametrize("body_bytes", [80, 3_000])
def test_responses(variety, body_bytes):
    bound = 1_000_000
    with measured() as found:
        cache = ResponseCache(max_bytes=bound)
        for number in range(3_000):
            asked = (ListRef.parse(f"ur{number + 1}"), CatalogRequest("movie", VARIETIES[variety](number), number))
            cache.keep(asked, ("stamp", number), AddonResponse(bytes(body_bytes), TIMES))
    assert 0 < found.bytes < bound


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip", "identity"])
def test_coded_bodies(coding):
    bound = 1_000_000
    with measured() as found:
        coder = ContentCoder(max_bytes=bound)
        for number in range(3_000):
            coder.code(json_response({"metas": [f"{number}" * 100]}, TIMES), coding)
    assert 0 < found.bytes < bound


def test_ways_to_ask_for_a_coding():
    with measured() as found:
        coder = ContentCoder(max_bytes=100_000)
        answer = json_response({"metas": ["x" * 1_000]}, TIMES)
        for number in range(5_000):
            coder.code(answer, f"x{number}{WIDE * 2_000}, br;q=0.{number}")
    assert best_coding.cache_info().currsize <= 256
    assert found.bytes < 1_000_000


def loaded(number: int, titles: int, name_length: int) -> LoadedSnapshot:
    told = [
        replace(
            title(each),
            name=f"{number} {each}{WIDE * name_length}",
            original_name=f"{each} {number}" + "x" * name_length,
            overview="y" * 3 * name_length,
            genres=("Drama", "Comedy"),
            directors=(f"Somebody {each}",),
        )
        for each in range(1, titles + 1)
    ]
    ref = ListRef.parse(f"ur{number}")
    stored = encode(snapshot(replace(reading(titles), ref=ref, titles=tuple(told))))
    return LoadedSnapshot(stored.stamp, decode(stored.head, stored.parts))


async def used_in_every_way(one: LoadedSnapshot) -> LoadedSnapshot:
    for number in range(100):
        await one.arranged(Query(search=f"{number}{WIDE * 190}"), date(2026, 1, 1))
    for sort in Sort:
        await one.arranged(Query(sort=sort), date(2026, 1, 1))
    return one


@pytest.mark.parametrize(("titles", "name_length"), [(0, 1), (3, 20), (500, 20), (500, 100), (100, 400)])
async def test_a_list_takes_no_more_than_is_counted(titles, name_length):
    await used_in_every_way(loaded(1, titles, name_length))
    with measured() as found:
        held = await used_in_every_way(loaded(2, titles, name_length))
    assert found.bytes < held.size_bytes


class Endless:
    """A store of as many lists as anybody asks for."""

    async def stamp(self, ref: ListRef) -> str | None:
        return "stamp"

    async def load_stamped(self, ref: ListRef):
        one = loaded(int(ref.id[2:]), 20, 30)
        return one.stamp, one.snapshot


async def test_lists():
    bound = 1_000_000
    loaded(1, 20, 30)
    with measured() as found:
        cache = SnapshotCache(Endless(), lambda: 0.0, max_bytes=bound)
        for start in range(1, 600, 50):
            await asyncio.gather(*(cache.find(ListRef.parse(f"ur{number}")) for number in range(start, start + 50)))
    assert cache._looking == {}
    assert 0 < found.bytes < bound


async def test_lists_of_which_there_is_nothing():
    class Nothing(Endless):
        async def load_stamped(self, ref: ListRef):
            return None

    cache = SnapshotCache(Nothing(), lambda: 0.0)
    for number in range(2_000):
        await cache.find(ListRef.parse(f"ur{number + 1}"))
    assert (len(cache._places), cache._looking) == (0, {})


async def test_addresses_that_ask():
    limits, days = Limits(20), ShuffleDays()
    with measured() as found:
        for number in range(30_000):
            await limits.take(f"2001:db8:{number // 65_536:x}:{number % 65_536:x}::/64")
            days.day(ListRef.parse(f"ur{number + 1}"), f"2001:db8:{number:x}::/64", 100, date(2026, 1, 1))
    assert len(limits._limiters) <= 10_000
    assert len(days._begun) <= 10_000
    assert found.bytes < 30_000_000


def test_addresses_of_the_addon():
    with measured() as found:
        for number in range(1_200):
            ref = _ref(f"https://www.imdb.com/user/ur{number + 1}/watchlist/?{'x' * 1_900}")
            _ref(f"ur{number + 1}")
            _asked(f"movie/{ref}-movies/search={number}{'%F0%9F%8E%AC' * 300}.json", ref)
            _asked(f"movie/{ref}-movies/search={number}.json", ref)
    assert (_ref_once.cache_info().currsize, _asked_once.cache_info().currsize) == (1_024, 1_024)
    assert found.bytes < 2_500_000


def test_headers_that_tell_of_proxies():
    with measured() as found:
        for number in range(600):
            hops = ", ".join(f"10.{number // 256}.{number % 256}.{hop}" for hop in range(200))
            client_of("10.0.0.1", {"X-Forwarded-For": f"{number}{'x' * 4_000}, {hops}"}, ("10.0.0.0/8",))
    assert found.bytes < 1_000_000
