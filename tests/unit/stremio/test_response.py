"""Responses and the memory of them."""

import tracemalloc
from dataclasses import replace

import orjson

from watchsync.catalog.freshness import CacheTimes
from watchsync.catalog.view import Query
from watchsync.refs import ListKind, ListRef
from watchsync.stremio.request import CatalogRequest
from watchsync.stremio.response import AddonResponse, ResponseCache, catalog_response

TIMES = CacheTimes(900, 43_200, 604_800)


def test_the_body_and_the_header_say_the_same_times():
    made = catalog_response([{"id": "tt1"}], TIMES)
    body = orjson.loads(made.body)
    assert made.times.header.startswith("max-age=900, stale-while-revalidate=43200, stale-if-error=604800")
    assert (body["cacheMaxAge"], body["staleRevalidate"], body["staleError"]) == (900, 43_200, 604_800)


def test_the_memory_forgets_what_was_unused_longest_and_counts_keys_too():
    memory = ResponseCache(max_bytes=7_000)
    one, two, three = (AddonResponse(bytes(100), TIMES) for _ in range(3))
    memory.keep("one", 1, one)
    memory.keep("two", 1, two)
    assert memory.get("one", 1) is one
    memory.keep("three", 1, three)
    assert memory.get("two", 1) is None
    assert memory.get("one", 1) is one


def test_what_is_larger_than_the_memory_pushes_nothing_out():
    memory = ResponseCache(max_bytes=7_000)
    small = AddonResponse(bytes(100), TIMES)
    memory.keep("small", 1, small)
    memory.keep("large", 1, AddonResponse(bytes(7_000), TIMES))
    assert memory.last("large") is None
    assert memory.last("small") is small


def test_what_was_made_of_something_else_is_only_the_last_resort():
    memory = ResponseCache()
    made = catalog_response([], TIMES)
    memory.keep("page", "old snapshot", made)
    assert memory.get("page", "new snapshot") is None
    assert memory.last("page") is made
    newer = catalog_response([{"id": "tt1"}], TIMES)
    memory.keep("page", "new snapshot", newer)
    assert memory.last("page") is newer
    assert memory.last("other") is None


def test_the_memory_takes_no_more_than_it_may_whatever_is_asked():
    longest = "\U0001f600" * 190
    memory = ResponseCache(max_bytes=1_000_000)
    tracemalloc.start()
    try:
        for number in range(2_000):
            query = Query(genre=f"{longest}{number}", search=f"{longest}{number}")
            asked = (ListRef(ListKind.LIST, f"ls{number:09}"), CatalogRequest("movie", query, 1_000 + number))
            times = replace(TIMES, max_age=1_000 + number)
            memory.keep(asked, (f"stamp {number}", times, None), catalog_response([], times))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert memory.last(asked) is not None
    assert taken < 1_000_000
