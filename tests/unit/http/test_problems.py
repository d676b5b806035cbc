"""How errors read over HTTP."""

import orjson
import pytest
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong, TransferEncodingError
from aiohttp.test_utils import make_mocked_request

from watchsync import errors
from watchsync.http.context import CORRELATION
from watchsync.http.problems import BodyTooSlow, FieldError, Invalid, NotAllowed, problems


async def answer_to(error: Exception) -> web.Response:
    request = make_mocked_request("GET", "/jobs/one")
    request[CORRELATION] = "correlation-1"

    async def handler(_: web.Request) -> web.Response:
        raise error

    answer = await problems(request, handler)
    assert isinstance(answer, web.Response)
    return answer


def body_of(answer: web.Response) -> dict:
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    return orjson.loads(answer.body)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRef("Not a list."), 422),
        (errors.BadInput("Not a cursor."), 400),
        (errors.JobNotFound(), 404),
        (errors.IllegalMove("The job is dead."), 409),
        (errors.IdempotencyConflict(), 422),
        (errors.RedisUnavailable(), 503),
        (errors.PageDrifted(), 500),
        (Invalid([FieldError("/listRef", "wrong")]), 422),
        (NotAllowed(429, "Too many requests.", {"Retry-After": "3"}), 429),
        (web.HTTPNotFound(), 404),
        (web.HTTPMethodNotAllowed("PUT", {"GET", "POST"}), 405),
        (web.HTTPRequestEntityTooLarge(64, 65), 413),
        (ValueError("a secret"), 500),
        (web.HTTPExpectationFailed(), 417),
        (NotAllowed(403, "A surrogate: \ud800"), 403),
        (Invalid([FieldError("/\udcff", "\ud800")]), 422),
        (BodyTooSlow(), 408),
        (LineTooLong(b"Authorization: Bearer secret"), 431),
        (TransferEncodingError("broken"), 400),
        (web.RequestPayloadError(), 400),
    ],
)
async def test_every_error_is_a_problem_with_its_status(error, status):
    answer = await answer_to(error)
    body = body_of(answer)
    assert (answer.status, body["status"]) == (status, status)
    assert {"type", "title", "detail", "instance", "correlationId"} <= body.keys()
    assert (body["instance"], body["correlationId"]) == ("/jobs/one", "correlation-1")


async def test_a_problem_carries_a_stable_type_and_the_errors_own_sentence():
    body = body_of(await answer_to(errors.JobNotFound()))
    assert (body["type"], body["title"]) == ("urn:watchsync:job-not-found", "Not Found")
    assert body["detail"] == errors.JobNotFound.sentence()


async def test_each_bad_field_is_named():
    body = body_of(await answer_to(Invalid([FieldError("/a", "is wrong"), FieldError("/b", "is missing")])))
    assert body["errors"] == [{"pointer": "/a", "detail": "is wrong"}, {"pointer": "/b", "detail": "is missing"}]


async def test_what_helps_the_caller_is_said_in_headers():
    assert (await answer_to(errors.RedisUnavailable())).headers["Retry-After"] == "5"
    assert (await answer_to(NotAllowed(429, "Later.", {"Retry-After": "3"}))).headers["Retry-After"] == "3"
    refused = await answer_to(web.HTTPMethodNotAllowed("PUT", {"GET"}))
    assert refused.headers["Allow"] == "GET"


async def test_nothing_of_our_inside_is_told():
    assert b"a secret" not in (await answer_to(ValueError("a secret"))).body


async def test_what_was_sent_is_not_told():
    assert b"secret" not in (await answer_to(LineTooLong(b"Authorization: Bearer secret"))).body


async def test_who_is_gone_is_not_answered():
    with pytest.raises(ConnectionResetError):
        await answer_to(ConnectionResetError())


async def test_what_is_no_error_passes():
    with pytest.raises(web.HTTPFound):
        await answer_to(web.HTTPFound("/elsewhere"))
