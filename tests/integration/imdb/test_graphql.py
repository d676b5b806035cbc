"""Whole lists read from the stand-in of the GraphQL service, through a real limiter."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from builders import playable
from watchsync.demo.sites import standing_in
from watchsync.demo.states import GraphqlShow, Show, Size
from watchsync.errors import (
    ClientNameRefused,
    ListNotFound,
    OriginCoolingDown,
    OriginUnreachable,
    PageDrifted,
    PageTimeout,
    PrivateList,
    Throttled,
)
from watchsync.imdb.graphql_reader import GraphqlReader
from watchsync.imdb.graphql_service import GraphqlService, open_session
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.refs import ListRef

LONG = ListRef.parse("ls000012000")
WATCHLIST = ListRef.parse("ur10001179")
PROFILE = ListRef.parse("p.demo0000000000000000001179")


def quietly(_):
    return


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as opened:
        yield opened


@pytest.fixture
async def reader(sites, client, metrics):
    async with open_session("watchsync") as session:
        limiter = RateLimiter(client, metrics, host="data", interval_seconds=0, site="graphql")
        yield GraphqlReader(GraphqlService(session, url=sites.graphql_url), limiter, metrics)


async def read(reader, ref):
    return await reader.read(ref, quietly)


async def test_a_long_list_is_read_to_its_last_row_250_at_a_time(reader, sites):
    reading = await read(reader, LONG)
    assert (reading.rows, reading.total, reading.pages, reading.strategy) == (12_000, 12_000, 48, "graphql")
    assert {title.id: title.kind for title in reading.titles} == playable("ls000012000")
    assert sites.control.served["graphql"] == 48


async def test_a_list_with_a_number_of_its_own_has_no_other_id(reader):
    assert (await read(reader, ListRef.parse("ls020000123"))).aliases == ()


async def test_a_profile_id_is_resolved_first(reader, sites):
    by_profile, by_user = await read(reader, PROFILE), await read(reader, WATCHLIST)
    assert by_profile.titles == by_user.titles
    assert by_user.aliases == ("ls000001179",)
    assert by_profile.aliases == ("ur10001179", "ls000001179")
    assert sites.control.served["graphql"] == 6 + 5


async def test_an_unknown_profile_is_no_list(reader):
    with pytest.raises(ListNotFound):
        await read(reader, ListRef.parse("p.nobody0000000000000000"))


@pytest.mark.parametrize(
    ("ref", "show", "state"),
    [
        ("ur1", Show.PRIVATE, PrivateList),
        ("ur1", Show.MISSING, ListNotFound),
        ("ls012345678", Show.MISSING, ListNotFound),
    ],
)
async def test_what_the_list_says_is_said(reader, sites, ref, show, state):
    sites.control.set(ref, show)
    with pytest.raises(state):
        await read(reader, ListRef.parse(ref))


async def test_an_empty_list_is_an_empty_reading(reader, sites):
    sites.control.set("ur1", Show.EMPTY)
    assert (await read(reader, ListRef.parse("ur1"))).is_whole


@pytest.mark.parametrize(
    ("show", "state"),
    [
        (GraphqlShow.REFUSED, ClientNameRefused),
        (GraphqlShow.THROTTLED, Throttled),
        (GraphqlShow.DOWN, OriginUnreachable),
        (GraphqlShow.DRIFTED, PageDrifted),
        (GraphqlShow.BROKEN, PageDrifted),
        (GraphqlShow.HUGE, PageDrifted),
    ],
)
async def test_each_trouble_of_the_service_has_a_name(reader, sites, show, state):
    sites.control.graphql = show
    with pytest.raises(state):
        await read(reader, WATCHLIST)


async def test_a_service_that_does_not_answer_is_given_up(sites, client, metrics):
    sites.control.graphql = GraphqlShow.HANG
    async with open_session("watchsync") as session:
        limiter = RateLimiter(client, metrics, host="data", interval_seconds=0)
        impatient = GraphqlReader(GraphqlService(session, url=sites.graphql_url, answer_seconds=0.2), limiter, metrics)
        with pytest.raises(PageTimeout):
            await read(impatient, WATCHLIST)


async def test_after_a_refusal_the_service_is_left_alone_and_the_pages_are_not(reader, sites, client, metrics):
    sites.control.graphql = GraphqlShow.REFUSED
    with pytest.raises(ClientNameRefused):
        await read(reader, WATCHLIST)
    with pytest.raises(OriginCoolingDown):
        await read(reader, WATCHLIST)
    assert sites.control.served["graphql"] == 1
    await RateLimiter(client, metrics, host="pages", interval_seconds=0).start_pass().enter()


async def test_a_first_page_that_is_enough_is_the_only_one_asked_for(reader, sites):
    whole = await read(reader, WATCHLIST)
    sites.control.served.clear()
    glance = await reader.read(WATCHLIST, quietly, lambda seen: seen.first_page == whole.first_page)
    assert glance.is_glance
    assert sites.control.served["graphql"] == 1
    assert replace(glance, is_glance=False).modified_at == whole.modified_at


async def test_the_service_is_told_who_asks_and_is_not_followed_elsewhere(client, metrics):
    async def send_elsewhere(request: web.Request) -> web.Response:
        seen.append({name: value for name, value in request.headers.items() if name.startswith("x-imdb")})
        raise web.HTTPFound("/elsewhere")

    seen: list[dict[str, str]] = []
    app = web.Application()
    app.router.add_post("/", send_elsewhere)
    async with TestServer(app) as server, open_session("my-own") as session, asyncio.timeout(60):
        limiter = RateLimiter(client, metrics, host="data", interval_seconds=0)
        with pytest.raises(PageDrifted):
            await read(
                GraphqlReader(GraphqlService(session, url=str(server.make_url("/"))), limiter, metrics), WATCHLIST
            )
    assert seen == [{"x-imdb-client-name": "my-own", "x-imdb-user-language": "en-US", "x-imdb-user-country": "US"}]


async def test_a_name_that_is_not_welcome_says_what_to_set(reader, sites):
    sites.control.graphql_naming_headers = frozenset({"x-another-header"})
    with pytest.raises(ClientNameRefused, match="WATCHSYNC_IMDB_GRAPHQL_CLIENT"):
        await read(reader, WATCHLIST)


async def test_the_list_is_asked_for_in_english_whatever_the_service_would_choose(reader, sites):
    sites.control.graphql_language = "de-DE"
    reading = await read(reader, WATCHLIST)
    assert not any("[de-DE]" in title.name for title in reading.titles)
