"""Tmdb against a small stand-in site and a real Redis."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from watchsync import keys
from watchsync.job import Progress
from watchsync.metrics import Metrics
from watchsync.redis_client import Client, connect
from watchsync.settings import Settings
from watchsync.titles import Kind, Title
from watchsync.tmdb.cache import TmdbCache
from watchsync.tmdb.enrich import Tmdb, open_tmdb
from watchsync.tmdb.finder import Finder, session

TOKEN = "a-read-access-token"


@dataclass
class Site:
    """TMDB in small: knows every id that does not end in 9, and fails as it is told to."""

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    failures: list[web.Response] = field(default_factory=list)
    always: int | None = None
    at_once: int = 0
    most_at_once: int = 0

    async def find(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        imdb_id = request.match_info["imdb_id"]
        self.asked[imdb_id] += 1
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"status_code": 7, "success": False}, status=401)
        if self.always:
            return web.json_response({"success": False}, status=self.always)
        if self.failures:
            return self.failures.pop()
        assert request.query["external_source"] == "imdb_id"
        hit = {"id": int(imdb_id[2:]), "poster_path": f"/{imdb_id}.jpg", "popularity": 1.5}
        return web.json_response({"movie_results": [] if imdb_id.endswith("9") else [hit], "tv_results": []})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/3/find/{imdb_id}", site.find)
    async with TestServer(app) as server:
        site.url = str(server.make_url("/3"))
        yield site


@dataclass
class Bench:
    tmdb: Tmdb
    metrics: Metrics

    def lookups(self, result: str) -> float | None:
        return self.metrics.registry.get_sample_value("watchsync_tmdb_lookups_total", {"result": result})


@asynccontextmanager
async def bench_with(
    site: Site, client: Client, *, token: str = TOKEN, budget_seconds: float = 60
) -> AsyncIterator[Bench]:
    metrics, rng = Metrics(), random.Random(7)
    async with session(token) as opened:
        finder = Finder(opened, site.url, metrics, rng, rate_per_second=50_000, first_wait_seconds=0.01)
        yield Bench(Tmdb(finder, TmdbCache(client, rng), metrics, budget_seconds=budget_seconds), metrics)


@pytest.fixture
async def bench(site: Site, client: Client) -> AsyncIterator[Bench]:
    async with bench_with(site, client) as bench:
        yield bench


def titles(count: int, first: int = 1_000_000) -> list[Title]:
    return [
        Title(id=f"tt{number}", kind=Kind.MOVIE, name=f"Film {number}", position=place)
        for place, number in enumerate(range(first, first + count), 1)
    ]


def deaf(_: Progress) -> None:
    pass


async def commands(client: Client) -> dict[str, int]:
    stats: dict[str, Any] = await client.info("commandstats")
    return {name.removeprefix("cmdstat_"): int(facts["calls"]) for name, facts in stats.items()}


async def test_every_title_gets_its_poster_and_progress_counts_up(bench: Bench):
    told: list[Progress] = []

    found = await bench.tmdb.enrich(titles(25), told.append)

    assert [title.tmdb_poster for title in found.titles[:2]] == ["/tt1000000.jpg", "/tt1000001.jpg"]
    assert found.titles[9].tmdb_poster is None
    assert found.unenriched == ()
    assert [progress.done for progress in told] == list(range(26))
    assert told[-1].message == "Fetching posters: 25 of 25"
    assert (bench.lookups("found"), bench.lookups("unknown")) == (23, 2)


async def test_known_titles_cost_one_command_and_no_request(bench: Bench, site: Site, client: Client):
    await bench.tmdb.enrich(titles(250), deaf)
    asked = site.asked.total()
    await client.config_resetstat()

    again = await bench.tmdb.enrich(titles(250), deaf)

    assert site.asked.total() == asked == 250
    assert await commands(client) == {"mget": 1, "config|resetstat": 1}
    assert again.titles[0].tmdb_poster == "/tt1000000.jpg"
    assert bench.lookups("cache") == 250


async def test_answers_are_remembered_with_few_commands_for_as_long_as_the_terms_allow(bench: Bench, client: Client):
    await client.script_flush()
    await client.config_resetstat()

    await bench.tmdb.enrich(titles(600), deaf)

    sent = await commands(client)
    assert sent["evalsha"] + sent.get("script|load", 0) <= 5
    day = 86_400
    assert 150 * day <= await client.ttl(keys.tmdb("tt1000000")) <= 175 * day
    assert 7 * day <= await client.ttl(keys.tmdb("tt1000009")) <= 14 * day


async def test_no_more_than_sixteen_requests_are_under_way(bench: Bench, site: Site):
    await bench.tmdb.enrich(titles(200), deaf)

    assert 1 < site.most_at_once <= 16


async def test_without_a_token_nothing_is_asked_and_nothing_is_owed(site: Site, client: Client):
    settings = Settings(tmdb_url=site.url, tmdb_token=None)
    async with open_tmdb(settings, client, Metrics(), random.Random(1)) as tmdb:
        found = await tmdb.enrich(titles(3), deaf)

    assert (found.titles, found.unenriched) == (tuple(titles(3)), ())
    assert not site.asked


async def test_the_settings_open_a_tmdb_that_asks(site: Site, client: Client):
    settings = Settings(tmdb_url=site.url, tmdb_token=SecretStr(TOKEN))
    async with open_tmdb(settings, client, Metrics(), random.Random(1)) as tmdb:
        found = await tmdb.enrich(titles(1), deaf)

    assert found.titles[0].tmdb_poster == "/tt1000000.jpg"


async def test_a_refused_token_stops_the_asking_and_everything_is_owed(site: Site, client: Client):
    async with bench_with(site, client, token="wrong") as bench:
        found = await bench.tmdb.enrich(titles(300), deaf)

    assert len(found.unenriched) == 300
    assert site.asked.total() <= 16


async def test_a_passing_fault_is_tried_again(bench: Bench, site: Site):
    site.failures = [web.Response(status=503), web.Response(status=502), web.Response(text="<html>")]

    found = await bench.tmdb.enrich(titles(1), deaf)
    assert found.unenriched == ("tt1000000",), "an answer that cannot be read is unenriched at once"

    found = await bench.tmdb.enrich(titles(1), deaf)
    assert (found.unenriched, site.asked["tt1000000"]) == ((), 4)


async def test_retry_after_holds_every_request_back(bench: Bench, site: Site):
    site.failures = [web.Response(status=429, headers={"Retry-After": "1"})]
    began = time.monotonic()

    found = await bench.tmdb.enrich(titles(1), deaf)

    assert found.unenriched == ()
    assert time.monotonic() - began >= 1


async def test_a_long_retry_after_is_not_waited_for(bench: Bench, site: Site):
    site.failures = [web.Response(status=429, headers={"Retry-After": "600"})]

    found = await bench.tmdb.enrich(titles(1), deaf)

    assert found.unenriched == ("tt1000000",)


async def test_a_site_that_is_away_is_given_up_after_a_few_failures(bench: Bench, site: Site):
    site.always = 500

    found = await bench.tmdb.enrich(titles(400), deaf)

    assert len(found.unenriched) == 400
    assert site.asked.total() < 150
    assert found.titles == tuple(titles(400))


async def test_what_the_budget_does_not_cover_is_owed_and_what_was_found_is_kept(site: Site, client: Client):
    site.failures = [web.Response(status=429, headers={"Retry-After": "30"})]
    async with bench_with(site, client, budget_seconds=0.3) as bench:
        found = await bench.tmdb.enrich(titles(60), deaf)

    assert found.unenriched
    remembered = await TmdbCache(client, random.Random(1)).load([title.id for title in titles(60)])
    assert len(remembered) == 60 - len(found.unenriched)


async def test_a_cache_that_is_away_or_full_costs_requests_only(site: Site):
    nowhere = connect("unix:///nonexistent/redis.sock")
    async with bench_with(site, nowhere) as bench:
        found = await bench.tmdb.enrich(titles(3), deaf)
    await nowhere.aclose()

    assert found.unenriched == ()
    assert found.titles[0].tmdb_poster == "/tt1000000.jpg"


async def test_an_unreadable_memory_is_asked_again(bench: Bench, client: Client):
    await client.set(keys.tmdb("tt1000000"), b'{"movie":{"colour":"red"}}')

    found = await bench.tmdb.enrich(titles(1), deaf)

    assert found.titles[0].tmdb_poster == "/tt1000000.jpg"
