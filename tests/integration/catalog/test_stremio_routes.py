"""The addon over HTTP, as Stremio asks for it."""

import gzip
from datetime import timedelta
from typing import Any

import brotli
import orjson
import pytest
import zstandard
from yarl import URL

from catalog_samples import NOW, REF, big_snapshot, job, snapshot, title
from watchsync.job import JobError, JobState, Lane, Progress
from watchsync.titles import Kind

ALL = "/ur12345678/catalog/imdb/ur12345678-all.json"
PLAIN = {"Accept-Encoding": "identity"}


async def get(world: Any, path: str, **headers: str) -> Any:
    # As it stands: the client would else decode what need not be encoded.
    address = URL(f"{world.client.make_url('/')}{path[1:]}", encoded=True)
    answer = await world.client.session.get(address, headers={**PLAIN, **headers})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    return answer, orjson.loads(await answer.read())


async def test_the_bare_manifest_sends_people_to_the_page(world: Any):
    for path in ("/manifest.json", "/api/stremio/manifest.json"):
        _, manifest = await get(world, path)
        assert manifest["behaviorHints"] == {"configurable": True, "configurationRequired": True}


async def test_the_manifest_of_a_list_bears_its_name_and_offers_what_every_list_does(world: Any):
    world.store.hold(snapshot(title(1, genres=("Sci-Fi",)), author="Ana"))
    _, manifest = await get(world, "/api/stremio/ur12345678/manifest.json?ignored=1")
    assert manifest["catalogs"][2]["id"] == "ur12345678-all"
    assert manifest["catalogs"][2]["name"] == "Ana's Watchlist"
    genres = manifest["catalogs"][2]["extra"][1]
    assert (genres["name"], "Drama" in genres["options"]) == ("genre", True)
    assert manifest["logo"] == "https://watchsync.example/static/logo.png"


async def test_a_manifest_for_no_list_says_what_was_expected(world: Any):
    answer = await world.client.get("/nonsense/manifest.json")
    assert answer.status == 422
    assert "Expected an IMDb user" in await answer.text()


async def test_a_fresh_list_is_served_in_pages_of_a_hundred_without_any_sync(world: Any):
    world.store.hold(big_snapshot(230))
    ids: list[str] = []
    for skip in (0, 100, 200, 230, 10**12):
        _, body = await get(world, f"/ur12345678/catalog/imdb/ur12345678-all/skip={skip}.json")
        ids += [meta["id"] for meta in body["metas"]]
    assert ids == [f"tt{number:07}" for number in range(1, 231)]
    _, body = await get(world, "/ur12345678/catalog/imdb/ur12345678-all/skip=97.json")
    assert body["metas"][0]["id"] == "tt0000098"
    assert world.queue.submitted == []
    assert world.counted("fresh") == 6
    assert world.store.loads == 1


async def test_the_catalogs_part_films_and_series(world: Any):
    world.store.hold(snapshot(title(1), title(2, kind=Kind.SERIES)))
    for type_, end, ids in (
        ("movie", "movies", ["tt0000001"]),
        ("series", "series", ["tt0000002"]),
        ("imdb", "all", ["tt0000002", "tt0000001"]),
    ):
        _, body = await get(world, f"/api/stremio/ur12345678/catalog/{type_}/ur12345678-{end}.json")
        assert [meta["id"] for meta in body["metas"]] == ids


async def test_extras_are_read_before_they_are_decoded(world: Any):
    world.store.hold(snapshot(title(1, genres=("Sci-Fi & Fantasy",)), title(2, genres=("Sci-Fi",))))
    path = "/ur12345678/catalog/imdb/ur12345678-all/genre=Sci-Fi%20%26%20Fantasy&sort=title.json"
    _, body = await get(world, path)
    assert [meta["id"] for meta in body["metas"]] == ["tt0000001"]


async def test_the_caches_are_told_the_same_in_header_and_body(world: Any):
    world.store.hold(big_snapshot(3))
    world.now = NOW + timedelta(hours=12) - timedelta(seconds=100)
    answer, body = await get(world, ALL)
    expected = "max-age=100, stale-while-revalidate=43200, stale-if-error=604800, public"
    assert answer.headers["Cache-Control"] == expected
    assert (body["cacheMaxAge"], body["staleRevalidate"], body["staleError"]) == (100, 43_200, 604_800)


async def test_who_has_the_bytes_is_not_sent_them_again(world: Any):
    world.store.hold(big_snapshot(150))
    first, _ = await get(world, ALL)
    again = await world.client.get(ALL, headers={**PLAIN, "If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert await again.read() == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    world.store.hold(big_snapshot(50))
    headers = {**PLAIN, "If-None-Match": first.headers["ETag"], "Cache-Control": "no-cache"}
    changed = await world.client.get(ALL, headers=headers)
    assert changed.status == 200


@pytest.mark.parametrize(
    ("accepted", "coding", "undo"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("zstd, br;q=0.9", "zstd", zstandard.decompress),
        ("gzip", "gzip", gzip.decompress),
    ],
)
async def test_the_coding_is_the_one_that_the_client_likes(world: Any, accepted: str, coding: str, undo: Any):
    world.store.hold(big_snapshot(150))
    answer = await world.client.get(ALL, headers={"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    sent = await answer.read()
    assert len(orjson.loads(undo(sent))["metas"]) == 100
    _, plain = await get(world, ALL)
    assert orjson.loads(undo(sent)) == plain


async def test_a_stale_list_is_served_at_once_and_one_refresh_is_queued_behind_it(world: Any):
    world.store.hold(big_snapshot(3))
    world.now = NOW + timedelta(hours=13)
    for _ in range(3):
        answer, body = await get(world, ALL)
        assert len(body["metas"]) == 3
        assert answer.headers["Cache-Control"].startswith("max-age=30,")
    assert [(new.ref, new.lane) for new in world.queue.submitted] == [(REF, Lane.SCHEDULED)]
    assert world.counted("stale") == 3
    world.now += timedelta(minutes=16)
    await get(world, ALL)
    assert len(world.queue.submitted) == 2


async def test_a_stale_list_is_served_while_the_queue_is_away_and_refreshed_later(world: Any):
    world.store.hold(big_snapshot(3))
    world.now = NOW + timedelta(hours=13)
    world.queue.away = True
    _, body = await get(world, ALL)
    assert len(body["metas"]) == 3
    world.queue.away = False
    await get(world, ALL)
    assert len(world.queue.submitted) == 1


async def test_a_list_that_nobody_read_yet_starts_a_sync_and_shows_a_card(world: Any):
    answer, body = await get(world, ALL)
    (card,) = body["metas"]
    assert card["name"] == "Your list is being read"
    assert card["poster"] == "https://watchsync.example/static/card-syncing.png"
    assert answer.headers["Cache-Control"].startswith("max-age=5,")
    assert [new.lane for new in world.queue.submitted] == [Lane.INTERACTIVE]
    (made,) = world.queue.jobs.values()
    progress = Progress("reading", "Reading titles 250 of 812", 250, 812)
    world.queue.put(job(JobState.RUNNING, id=made.id, progress=progress))
    _, body = await get(world, ALL)
    assert body["metas"][0]["description"].startswith("Reading titles 250 of 812")
    assert len(world.queue.submitted) == 1
    assert world.counted("syncing") == 2


@pytest.mark.parametrize("extra", ["skip=1", "search=alien"])
async def test_a_card_stands_neither_in_a_search_nor_on_the_next_page(world: Any, extra: str):
    _, body = await get(world, f"/ur12345678/catalog/imdb/ur12345678-all/{extra}.json")
    assert body["metas"] == []
    assert len(world.queue.submitted) == 1


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("private", "This list is private"),
        ("not-found", "No such list on IMDb"),
        ("captcha", "IMDb is refusing this server"),
        ("drifted", "The list could not be read"),
    ],
)
async def test_a_list_that_cannot_be_read_says_why_and_is_tried_again_after_a_while(world: Any, code: str, name: str):
    world.queue.put(job(JobState.DEAD, finished_at=NOW, error=JobError(code, "Do this.")))
    answer, body = await get(world, ALL)
    assert body["metas"][0]["name"] == name
    assert body["metas"][0]["description"] == "Do this."
    assert answer.headers["Cache-Control"].startswith("max-age=30,")
    assert world.queue.submitted == []
    world.now = NOW + timedelta(minutes=11)
    await get(world, ALL)
    assert len(world.queue.submitted) == 1


async def test_a_list_that_became_private_still_shows_its_last_good_snapshot(world: Any):
    world.store.hold(big_snapshot(3))
    world.queue.put(job(JobState.DEAD, finished_at=NOW, error=JobError("private", "Do this.")))
    world.now = NOW + timedelta(days=30)
    _, body = await get(world, ALL)
    assert len(body["metas"]) == 3


async def test_a_list_without_titles_is_a_card_but_its_search_is_empty(world: Any):
    world.store.hold(snapshot())
    _, body = await get(world, "/ur12345678/catalog/series/ur12345678-series.json")
    assert body["metas"][0]["id"] == "watchsync:empty"
    assert body["metas"][0]["type"] == "series"
    _, body = await get(world, "/ur12345678/catalog/series/ur12345678-series/search=alien.json")
    assert body["metas"] == []


async def test_a_list_of_films_alone_has_an_empty_row_of_series(world: Any):
    world.store.hold(snapshot(title(1)))
    _, body = await get(world, "/ur12345678/catalog/series/ur12345678-series.json")
    assert body["metas"] == []


@pytest.mark.parametrize("prefix", ["", "/api/stremio"])
async def test_a_card_opens_and_says_what_is_going_on_and_where_to_go(world: Any, prefix: str):
    due = NOW + timedelta(minutes=14)
    world.queue.put(job(JobState.DELAYED, due_at=due, error=JobError("captcha", "IMDb asks for a human.")))
    answer, body = await get(world, f"{prefix}/ur12345678/meta/series/watchsync:syncing.json")
    meta = body["meta"]
    assert (meta["id"], meta["type"], meta["name"]) == ("watchsync:blocked", "series", "IMDb is refusing this server")
    assert meta["description"] == "IMDb asks for a human.\n\nNext try: in about 14 minutes."
    links = {link["name"]: link["url"] for link in meta["links"]}
    assert links["Configure"] == "https://watchsync.example/ur12345678/configure"
    manifest = "https%3A%2F%2Fwatchsync.example%2Fur12345678%2Fmanifest.json"
    assert links["Open the catalog again"] == f"stremio:///discover/{manifest}/series/ur12345678-series"
    assert answer.headers["Cache-Control"].startswith("max-age=30,")


async def test_a_card_that_is_opened_when_the_list_has_come_says_so(world: Any):
    world.store.hold(big_snapshot(3))
    _, body = await get(world, "/ur12345678/meta/movie/watchsync:syncing.json")
    assert body["meta"]["id"] == "watchsync:ready"


async def test_a_card_that_is_opened_without_redis_is_no_error(world: Any):
    world.store.away = True
    _, body = await get(world, "/ur12345678/meta/movie/watchsync:syncing.json")
    assert body["meta"]["id"] == "watchsync:unavailable"


async def test_titles_are_opened_by_other_addons(world: Any):
    answer = await world.client.get("/ur12345678/meta/movie/tt0111161.json", headers=PLAIN)
    assert answer.status == 404


async def test_who_pages_through_a_shuffle_past_midnight_goes_on_with_its_order(world: Any):
    world.store.hold(big_snapshot(250))
    path = "/ur12345678/catalog/imdb/ur12345678-all/sort=Shuffled{}.json"
    world.now = NOW.replace(hour=23, minute=59)
    _, first = await get(world, path.format(""))
    world.now += timedelta(minutes=2)
    shown = [meta["id"] for meta in first["metas"]]
    for skip in (100, 200):
        _, further = await get(world, path.format(f"&skip={skip}"))
        shown += [meta["id"] for meta in further["metas"]]
    assert len(set(shown)) == len(shown) == 250
    _, again = await get(world, path.format(""))
    assert [meta["id"] for meta in again["metas"]] != shown[:100]


async def test_without_redis_what_this_process_holds_is_served_else_a_card(world: Any):
    world.store.hold(big_snapshot(3))
    await get(world, ALL)
    world.store.away = True
    answer, body = await get(world, ALL, **{"Cache-Control": "no-cache"})
    assert len(body["metas"]) == 3
    assert answer.headers["Cache-Control"].startswith("max-age=900,")
    _, body = await get(world, "/ls000000001/catalog/movie/ls000000001-movies.json")
    assert body["metas"][0]["id"] == "watchsync:unavailable"
    assert (world.counted("remembered"), world.counted("card")) == (1, 1)


async def test_a_queue_that_is_away_is_no_error_either(world: Any):
    world.queue.away = True
    _, body = await get(world, ALL)
    assert body["metas"][0]["id"] == "watchsync:unavailable"


async def test_a_fault_of_ours_is_a_card_and_not_an_error(world: Any):
    world.store.held[REF] = ("stamp", "no snapshot")
    _, body = await get(world, ALL)
    assert body["metas"][0]["id"] == "watchsync:trouble"


async def test_an_address_without_a_list_gets_a_card(world: Any):
    _, body = await get(world, "/p-placeholder/catalog/series/p-placeholder-series.json")
    assert body["metas"][0]["id"] == "watchsync:unknown"
    assert body["metas"][0]["type"] == "series"


async def test_a_catalog_that_the_list_does_not_have_is_a_clear_error(world: Any):
    answer = await world.client.get("/ur12345678/catalog/movie/ls1-movies.json", headers=PLAIN)
    assert answer.status == 404
    assert "Unknown catalog 'movie/ls1-movies'" in await answer.text()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_skip_that_is_no_number_is_a_clear_error(world: Any):
    answer = await world.client.get("/ur12345678/catalog/imdb/ur12345678-all/skip=abc.json", headers=PLAIN)
    assert answer.status == 400
    assert "skip must be a whole number" in await answer.text()


async def test_a_browser_may_ask_from_anywhere(world: Any):
    answer = await world.client.options(ALL)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
