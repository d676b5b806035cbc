"""What doctor says of the ways to IMDb, asked of the stand-in sites."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from watchsync.cli.doctor_checks import patient_session
from watchsync.cli.doctor_imdb import imdb_findings
from watchsync.demo.sites import standing_in
from watchsync.demo.states import GraphqlShow, Size
from watchsync.settings import load


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as opened:
        yield opened


async def found(sites, **given):
    urls = {"imdb_url": sites.imdb_url, "imdb_graphql_url": sites.graphql_url}
    async with patient_session() as session:
        return {finding.name: finding for finding in await imdb_findings(session, load(**(urls | given)))}


async def test_a_data_service_that_answers_is_good_and_its_terms_are_said(sites):
    told = await found(sites)
    assert all(finding.is_good for finding in told.values())
    assert told["IMDb's data service"].seen == (
        "answers to the name 'watchsync'; its terms allow private, non-commercial use only"
    )
    assert sites.control.served["graphql"] == 1


async def test_a_name_that_is_not_welcome_says_what_to_set(sites):
    sites.control.graphql_naming_headers = frozenset({"x-another-header"})
    told = (await found(sites))["IMDb's data service"]
    assert not told.is_good
    assert told.fix.startswith("Set WATCHSYNC_IMDB_GRAPHQL_CLIENT to a name that the data service takes, ")
    assert "WATCHSYNC_BROWSER_URL" in told.fix


@pytest.mark.parametrize(
    "show",
    [
        GraphqlShow.REFUSED,
        GraphqlShow.THROTTLED,
        GraphqlShow.DOWN,
        GraphqlShow.DRIFTED,
        GraphqlShow.BROKEN,
        GraphqlShow.HUGE,
    ],
)
async def test_a_data_service_that_is_no_use_has_a_fix(sites, show):
    sites.control.graphql = show
    assert not (await found(sites))["IMDb's data service"].is_good


async def test_a_data_service_that_is_not_switched_on_is_not_asked(sites):
    told = await found(sites, imdb_strategies="page")
    assert told["IMDb's data service"].seen == "not switched on"
    assert sites.control.served["graphql"] == 0


async def test_pages_that_refuse_are_judged_where_nothing_else_is_switched_on(sites):
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=403)

    app = web.Application()
    app.router.add_get("/", refuse)
    async with TestServer(app) as refusing:
        url = str(refusing.make_url("")).rstrip("/")
        alone = (await found(sites, imdb_url=url, imdb_strategies="page"))["IMDb's pages"]
        behind = (await found(sites, imdb_url=url))["IMDb's pages"]
    assert alone.fix.startswith("Add `graphql` to WATCHSYNC_IMDB_STRATEGIES")
    assert behind.is_good
    assert "HTTP 403" in behind.seen


async def test_sites_that_are_not_reached_name_their_settings(sites):
    nowhere = "http://127.0.0.1:9"
    told = await found(sites, imdb_url=nowhere, imdb_graphql_url=nowhere)
    assert told["IMDb's pages"].fix == "Check this machine's network, proxy and WATCHSYNC_IMDB_URL."
    assert told["IMDb's data service"].fix == "Check this machine's network, proxy and WATCHSYNC_IMDB_GRAPHQL_URL."
