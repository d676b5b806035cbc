"""Finished answers and the memory of them."""

import orjson

from watchsync.catalog.freshness import CacheTimes
from watchsync.stremio.response import AddonResponse, ResponseCache, catalog_response

TIMES = CacheTimes(900, 43_200, 604_800)


def test_the_body_and_the_header_say_the_same_times():
    made = catalog_response([{"id": "tt1"}], TIMES, ("identity",))
    body = orjson.loads(made.body)
    assert made.times.header.startswith("max-age=900, stale-while-revalidate=43200, stale-if-error=604800")
    assert (body["cacheMaxAge"], body["staleRevalidate"], body["staleError"]) == (900, 43_200, 604_800)


def test_a_tag_belongs_to_the_bytes():
    metas = [{"id": f"tt{number}"} for number in range(100)]
    plain, same, small = (catalog_response(metas, TIMES, (coding,)) for coding in ("identity", "identity", "br"))
    assert plain.etag == same.etag
    assert plain.etag != small.etag
    assert plain.is_held_by(f'"other", W/{plain.etag}')
    assert plain.is_held_by("*")
    assert not plain.is_held_by(small.etag)
    assert not plain.is_held_by("")


def test_the_memory_forgets_what_was_unused_longest():
    memory = ResponseCache(largest_bytes=250)
    one, two, three = (AddonResponse(bytes(100), "identity", f'"{number}"', TIMES) for number in range(3))
    memory.keep("one", 1, one)
    memory.keep("two", 1, two)
    assert memory.get("one", 1) is one
    memory.keep("three", 1, three)
    assert memory.get("two", 1) is None
    assert memory.get("one", 1) is one


def test_what_was_made_of_something_else_is_only_the_last_resort():
    memory = ResponseCache()
    made = catalog_response([], TIMES, ("identity",))
    memory.keep("page", "old snapshot", made)
    assert memory.get("page", "new snapshot") is None
    assert memory.last("page") is made
    newer = catalog_response([{"id": "tt1"}], TIMES, ("identity",))
    memory.keep("page", "new snapshot", newer)
    assert memory.last("page") is newer
    assert memory.last("other") is None
