"""The id that ties a request to its job and to the log."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from watchsync.http.correlation import tell_correlation


async def told(**headers: str) -> str:
    answer = web.Response()
    await tell_correlation(make_mocked_request("GET", "/", headers=headers), answer)
    return answer.headers["X-Correlation-ID"]


@pytest.mark.parametrize("given", ["12345678", "a-b_c.d-1234", "x" * 64])
async def test_a_well_formed_id_is_taken(given):
    assert await told(**{"X-Correlation-ID": given}) == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space1", "new\tline12", "ümlaut-123"])
async def test_any_other_is_replaced(given):
    answer = await told(**{"X-Correlation-ID": given})
    assert answer != given
    assert len(answer) == 26


async def test_a_request_keeps_its_id():
    request = make_mocked_request("GET", "/")
    answers = [web.Response(), web.Response()]
    for answer in answers:
        await tell_correlation(request, answer)
    assert len({answer.headers["X-Correlation-ID"] for answer in answers}) == 1
