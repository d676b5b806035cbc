"""Clients that take their time, or are many, lock nobody out. Time is counted, not waited for."""

import asyncio
import resource

import pytest
from structlog.testing import capture_logs

from raw_http import asked, read_answer, request, until
from tiers import in_full
from watchsync.http.connections import Limits, Phase

LIMITS = Limits()
JSON = b"Content-Type: application/json"
HALF_SENT = {
    "nothing": b"",
    "one byte": b"G",
    "request line": b"GET /livez HTTP/1.1\r\n",
    "half a header": b"GET /livez HTTP/1.1\r\nHost: loc",
    "all but the last line end": b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r",
    "empty lines before": b"\r\n\r\n\r\n",
    "header without value": b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length:",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X-One: 1\r\n" * 50,
    "version missing": b"GET /",
    "second request half": b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /",
}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def many_files():
    """Both ends of a thousand connections are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("name", ["half a header", *in_full(name for name in HALF_SENT if name != "half a header")])
async def test_a_thousand_half_sent_requests_lock_nobody_out(served, many_files, name):
    clock = Clock()
    api = await served(clock=clock)
    open_ones = []
    for _ in range(10):
        clock.now += 0.1
        batch = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", api.port) for _ in range(100)))
        for _, writer in batch:
            writer.write(HALF_SENT[name])
        open_ones += batch
        assert (await asked(api.port, request("GET", "/livez"))).status == 200
    assert (await asked(api.port, request("POST", "/jobs", JSON, body=b'{"listRef": "ur1"}'))).status == 202
    await until(lambda: len(api.connections) <= LIMITS.per_address)
    clock.now += LIMITS.idle_seconds + 1
    api.connections.enforce()
    await until(lambda: len(api.connections) == 0)
    for _, writer in open_ones:
        writer.close()


async def test_a_head_that_does_not_come_is_a_408(served):
    clock = Clock()
    api = await served(clock=clock)
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(b"GET /livez HTTP/1.1\r\nX-Slow: ")
    (connection,) = await one_in(api, Phase.HEAD)
    for _ in range(20):  # a byte now and then wins no time
        clock.now += LIMITS.head_seconds / 20
        writer.write(b"x")
        await asyncio.sleep(0)
    assert connection.phase is Phase.HEAD
    clock.now += 0.1
    api.connections.enforce()
    answer = await read_answer(reader)
    assert answer.status == 408
    assert answer.problem()["detail"]
    assert await reader.read() == b""
    writer.close()


SLOW_BODIES = {
    "with a length": (b"Content-Length: 100", b'{"listRef": '),
    "with no byte of it": (b"Content-Length: 100", b""),
    "one byte short": (b"Content-Length: 19", b'{"listRef": "ur1"}'),
    "chunked": (b"Transfer-Encoding: chunked", b"5\r\n{"),
    "chunked, between two": (b"Transfer-Encoding: chunked", b"1\r\n{\r\n"),
    "chunked, without the last one": (b"Transfer-Encoding: chunked", b'12\r\n{"listRef": "ur1"}\r\n'),
    "chunked, in the trailer": (b"Transfer-Encoding: chunked", b"0\r\nX-Trailer: "),
    "chunked, in a size": (b"Transfer-Encoding: chunked", b"1"),
}


@pytest.mark.parametrize(("length", "sent"), SLOW_BODIES.values(), ids=SLOW_BODIES)
async def test_a_body_that_does_not_come_is_a_408(served, length, sent):
    clock = Clock()
    api = await served(clock=clock)
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(request("POST", "/jobs", JSON, length) + sent)
    await one_in(api, Phase.BODY)
    clock.now += LIMITS.body_seconds + 1
    with capture_logs() as lines:
        api.connections.enforce()
        answer = await read_answer(reader)
        assert await reader.read() == b""
    assert answer.status == 408
    answer.problem()
    assert [line for line in lines if line["log_level"] != "info"] == []
    writer.close()


async def test_who_has_asked_is_not_hurried(served):
    clock = Clock()
    api = await served(clock=clock)
    job = (await asked(api.port, request("POST", "/jobs", JSON, body=b'{"listRef": "ur1"}'))).headers["Location"]
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(request("GET", f"{job}/events"))
    await reader.readuntil(b"hello")
    clock.now += 1e6
    api.connections.enforce()
    (connection,) = await one_in(api, Phase.BUSY)
    assert connection.transport is not None
    writer.close()


async def test_an_idle_connection_is_closed_and_one_in_use_is_kept(served):
    clock = Clock()
    api = await served(clock=clock)
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    for _ in range(5):
        writer.write(request("GET", "/livez"))
        assert (await read_answer(reader)).status == 200
        await one_in(api, Phase.IDLE)
        clock.now += LIMITS.idle_seconds - 1
        api.connections.enforce()
    clock.now += 2
    api.connections.enforce()
    assert await reader.read() == b""
    writer.close()


async def one_in(api, phase: Phase) -> list:
    """The one connection, once it is in this phase."""
    found: list = []

    def is_so() -> bool:
        found[:] = [each for each in api.connections._owner_of if each.phase is phase]
        return len(found) == 1

    await until(is_so)
    return found


@pytest.mark.parametrize("path", ["/jobs/{id}/events", "/api/sync/{id}/events"])
async def test_streams_are_counted_by_the_address_behind_a_trusted_proxy(served, path):
    api = await served(trusted_proxies="127.0.0.1", api_tokens="r:jobs-read+jobs-write:r-secret-of-16-chars")
    token = b"Authorization: Bearer r-secret-of-16-chars"
    made = await asked(api.port, request("POST", "/jobs", JSON, token, body=b'{"listRef": "ur1"}'))
    target = path.format(id=made.headers["Location"].rpartition("/")[2])
    opened = []
    for _ in range(100):
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(request("GET", target, token, b"X-Forwarded-For: 2001:db8::7"))
        await reader.readuntil(b"hello")
        opened.append(writer)
    one_more = await asked(api.port, request("GET", target, token, b"X-Forwarded-For: 2001:db8::8"))
    assert one_more.status == 429
    assert one_more.problem()["detail"]
    assert one_more.headers["Retry-After"]
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(request("GET", target, token, b"X-Forwarded-For: 2001:db8:0:1::7"))
    await reader.readuntil(b"hello")
    for each in (*opened, writer):
        each.close()


async def test_a_closed_tab_is_no_error_and_frees_its_place(served, queue):
    api = await served()
    made = await asked(api.port, request("POST", "/jobs", JSON, body=b'{"listRef": "ur1"}'))
    job_id = made.headers["Location"].rpartition("/")[2]
    with capture_logs() as lines:
        for _ in range(150):
            reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
            writer.write(request("GET", f"/api/sync/{job_id}/events"))
            await reader.readuntil(b"hello")
            writer.transport.abort()
            await until(lambda: len(api.connections) == 0)
        await queue.producer.cancel(job_id)
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(request("GET", f"/api/sync/{job_id}/events", b"Connection: close"))
        await reader.read()
        writer.close()
    assert lines == []


@pytest.mark.parametrize(
    ("path", "is_open"), [("/api/sync/{id}/events", True), ("/jobs/{id}/events", False)], ids=["public", "guarded"]
)
async def test_a_stream_carries_its_correlation_id_and_says_who_may_read_it(served, path, is_open):
    api = await served()
    made = await asked(api.port, request("POST", "/jobs", JSON, body=b'{"listRef": "ur1"}'))
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    target = path.format(id=made.headers["Location"].rpartition("/")[2])
    writer.write(request("GET", target, b"X-Correlation-ID: my-own-id-1"))
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert "X-Correlation-ID: my-own-id-1" in head
    assert ("Access-Control-Allow-Origin: *" in head) is is_open
    writer.close()
