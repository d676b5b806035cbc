"""The id that ties a request to its job, and who may read the answer."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from watchsync.api.correlation import correlation
from watchsync.api.cors import cors


async def ok(_: web.Request) -> web.Response:
    return web.Response()


async def answered(middleware, path: str = "/", **headers: str) -> web.StreamResponse:
    return await middleware(make_mocked_request("GET", path, headers=headers), ok)


@pytest.mark.parametrize("given", ["12345678", "a-b_c.d-1234", "x" * 64])
async def test_a_well_formed_id_is_taken(given):
    assert (await answered(correlation, **{"X-Correlation-ID": given})).headers["X-Correlation-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space1", "new\tline12", "ümlaut-123"])
async def test_any_other_is_replaced(given):
    answer = await answered(correlation, **{"X-Correlation-ID": given})
    assert answer.headers["X-Correlation-ID"] != given
    assert len(answer.headers["X-Correlation-ID"]) == 26


@pytest.mark.parametrize(
    ("path", "is_open"),
    [("/", True), ("/manifest.json", True), ("/jobs", False), ("/jobs/1", False), ("/admin", False)],
)
async def test_pages_of_other_origins_read_only_what_needs_no_token(path, is_open):
    assert ("Access-Control-Allow-Origin" in (await answered(cors, path)).headers) is is_open
