"""Responses and the memory of them."""

import orjson

from watchsync.catalog.freshness import CacheTimes
from watchsync.stremio.response import AddonResponse, ResponseCache, catalog_response

TIMES = CacheTimes(900, 43_200, 604_800)


def test_the_body_and_the_header_say_the_same_times():
    made = catalog_response([{"id": "tt1"}], TIMES)
    body = orjson.loads(made.body)
    assert made.times.header.startswith("max-age=900, stale-while-revalidate=43200, stale-if-error=604800")
    assert (body["cacheMaxAge"], body["staleRevalidate"], body["staleError"]) == (900, 43_200, 604_800)


def test_the_memory_forgets_what_was_unused_longest_and_counts_keys_too():
    memory = ResponseCache(max_bytes=2_500)
    one, two, three = (AddonResponse(bytes(100), TIMES) for _ in range(3))
    memory.keep("one", 1, one)
    memory.keep("two", 1, two)
    assert memory.get("one", 1) is one
    memory.keep("three", 1, three)
    assert memory.get("two", 1) is None
    assert memory.get("one", 1) is one


def test_what_is_larger_than_the_memory_pushes_nothing_out():
    memory = ResponseCache(max_bytes=2_500)
    small = AddonResponse(bytes(100), TIMES)
    memory.keep("small", 1, small)
    memory.keep("large", 1, AddonResponse(bytes(5_000), TIMES))
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
