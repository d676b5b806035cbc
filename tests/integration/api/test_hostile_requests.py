"""Whatever is sent, the answer is a problem of the client's, and the log stays short and without secrets."""

import asyncio

import pytest
from structlog.testing import capture_logs

from integration.api.corpora.malformed import BROKEN_BODIES, MALFORMED
from integration.api.corpora.requests import (
    BODIES,
    CODINGS,
    CONTENT_TYPES,
    GOOD_BODIES,
    HEADERS,
    HOSTS,
    STRANGE,
    TARGETS,
)
from raw_http import asked, read_answer, request, until
from watchsync.http.connections import Phase

JSON = b"Content-Type: application/json"
GOOD = b'{"listRef": "ur1"}'


async def answers(port: int, sent: dict[str, bytes]) -> dict[str, int]:
    """The status of each answer, which must be a problem of the client's; and what was written is checked."""
    statuses = {}
    for name, each in sent.items():
        async with asyncio.timeout(20):
            answer = await asked(port, each)
        assert 400 <= answer.status < 500, (name, answer)
        answer.problem()
        statuses[name] = answer.status
    return statuses


async def quiet_answers(port: int, sent: dict[str, bytes], caplog) -> dict[str, int]:
    with capture_logs() as lines:
        statuses = await answers(port, sent)
    written = f"{lines}{caplog.text}"
    assert "secret" not in written
    assert "Traceback" not in written
    assert not [line for line in lines if line["log_level"] in {"error", "warning"}]
    assert len(lines) + len(caplog.records) <= 3
    return statuses


async def test_what_is_no_request_is_answered_by_a_problem(served, caplog):
    api = await served()
    statuses = await quiet_answers(api.port, MALFORMED, caplog)
    assert statuses["target of 20 kB"] == statuses["header of 20 kB"] == 431
    assert set(statuses.values()) == {400, 431}


async def test_a_broken_body_is_a_400(served, caplog):
    api = await served()
    assert set((await quiet_answers(api.port, BROKEN_BODIES, caplog)).values()) == {400}


@pytest.mark.parametrize("name", BROKEN_BODIES)
async def test_a_body_that_breaks_while_it_is_read_is_a_400_at_once(served, name):
    api = await served()
    head, _, body = BROKEN_BODIES[name].partition(b"\r\n\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(head + b"\r\n\r\n")
    await until(lambda: any(each.phase is Phase.BODY for each in api.connections._owner_of))
    with capture_logs() as lines:
        writer.write(body)
        (answer := await read_answer(reader)).problem()
        assert await reader.read() == b""
    assert answer.status == 400
    assert {line["log_level"] for line in lines} <= {"info"}
    writer.close()


@pytest.mark.parametrize("path", ["/jobs", "/api/sync"])
async def test_a_body_that_cannot_be_used_is_refused(served, caplog, path):
    api = await served()
    sent = {name: request("POST", path, JSON, body=body) for name, body in BODIES.items()}
    assert set((await quiet_answers(api.port, sent, caplog)).values()) <= {400, 422}


@pytest.mark.parametrize("path", ["/jobs", "/api/sync", "/admin/dead/requeue"])
async def test_a_body_in_any_coding_is_a_415(served, caplog, path):
    api = await served()
    sent = {
        name: request("POST", path, JSON, b"Content-Encoding: " + coding.encode(), body=body)
        for name, (coding, body) in CODINGS.items()
    }
    assert set((await quiet_answers(api.port, sent, caplog)).values()) == {415}


async def test_a_body_that_is_no_json_is_a_415(served, caplog):
    api = await served()
    sent = {kind: request("POST", "/jobs", f"Content-Type: {kind}".encode(), body=GOOD) for kind in CONTENT_TYPES}
    assert set((await quiet_answers(api.port, sent, caplog)).values()) == {415}


@pytest.mark.parametrize("tokens", [None, "w:jobs-write:w-secret-of-16-chars"])
async def test_a_header_that_cannot_be_used_is_refused_or_passed_over(served, caplog, tokens):
    api = await served(api_tokens=tokens)
    with capture_logs() as lines:
        for name, line in HEADERS.items():
            kind = [] if line.startswith(b"Content-Type") else [JSON]
            answer = await asked(api.port, request("POST", "/jobs", *kind, line, body=GOOD))
            assert answer.status < 500, (name, answer)
            if answer.status >= 400:
                answer.problem()
    assert not [line for line in lines if line["log_level"] == "error"]
    assert "Traceback" not in caplog.text


async def test_an_expectation_that_cannot_be_met_is_a_417(served, caplog):
    api = await served()
    sent = {
        name: request("POST", "/jobs", JSON, line, body=GOOD)
        for name, line in HEADERS.items()
        if line.startswith(b"Expect")
    }
    assert set((await quiet_answers(api.port, sent, caplog)).values()) == {417}


async def test_a_token_that_is_no_text_is_a_401(served, caplog):
    api = await served(api_tokens="w:jobs-write:w-secret-of-16-chars")
    sent = {
        name: request("POST", "/jobs", JSON, line, body=GOOD)
        for name, line in HEADERS.items()
        if b"uthorization" in line
    }
    assert set((await quiet_answers(api.port, sent, caplog)).values()) == {401}


@pytest.mark.parametrize("path", ["/livez", "/ur1/manifest.json", "/", "/jobs", "/no/such"])
async def test_a_host_that_is_none_is_a_400(served, caplog, path):
    api = await served(public_url="https://watchsync.example")
    sent = {name: request("GET", path, host=host) for name, host in HOSTS.items()}
    assert set((await quiet_answers(api.port, sent, caplog)).values()) == {400}


async def test_an_address_that_cannot_be_used_is_refused(served, caplog):
    api = await served()
    sent = {name: request("GET", target) for name, target in TARGETS.items()}
    assert set((await quiet_answers(api.port, sent, caplog)).values()) <= {400, 404, 422}


@pytest.mark.parametrize("name", GOOD_BODIES)
async def test_json_is_utf8_whatever_is_said_of_it(served, name):
    kind, body = GOOD_BODIES[name]
    api = await served()
    answer = await asked(api.port, request("POST", "/jobs", f"Content-Type: {kind}".encode(), body=body))
    assert answer.status == 202, answer


async def test_ten_thousand_malformed_requests_are_a_line(served):
    api = await served()
    with capture_logs() as lines:
        for _ in range(100):
            streams = [await asyncio.open_connection("127.0.0.1", api.port) for _ in range(20)]
            for _, writer in streams:
                writer.write(MALFORMED["null in header"])
            for reader, writer in streams:
                assert (await read_answer(reader)).status == 400
                writer.close()
    assert [line["event"] for line in lines] == ["request.malformed"]


@pytest.mark.parametrize("trusted", [None, "127.0.0.1"])
async def test_what_is_only_strange_is_no_error_of_ours(served, store_snapshot, caplog, trusted):
    await store_snapshot()
    api = await served(trusted_proxies=trusted)
    with capture_logs() as lines:
        for name, sent in STRANGE.items():
            async with asyncio.timeout(20):
                answer = await asked(api.port, sent)
            assert answer.status < 500, (name, answer)
            assert answer.headers["X-Correlation-ID"], name
            if answer.status >= 400:
                answer.problem()
    assert not [line for line in lines if line["log_level"] in {"error", "warning"}]
    assert "Traceback" not in caplog.text
