"""Answers that leave in one piece, over real connections."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from watchsync.api.whole_response import WholeResponse

BODY = b"{}" * 100_000
OWN = b'ETag: "a"\r\nContent-Type: application/json\r\n'


async def handler(request: web.Request) -> web.StreamResponse:
    status = 304 if request.headers.get("If-None-Match") else 200
    response = WholeResponse(status=status, own_headers=OWN, body=BODY)
    response.headers["X-Correlation-ID"] = "abcdefgh"
    return response


@pytest.fixture
async def connection():
    app = web.Application()
    app.router.add_get("/", handler)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        yield reader, writer
        writer.close()


async def answer(reader: asyncio.StreamReader, *, has_body: bool = True) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers["Content-Length"])) if has_body else b""
    return head[0], headers, body


def ask(writer: asyncio.StreamWriter, *lines: str, method: str = "GET", version: str = "1.1") -> None:
    head = [f"{method} / HTTP/{version}", "Host: x", *lines, "", ""]
    writer.write("\r\n".join(head).encode())


async def test_requests_in_a_row_are_answered_in_a_row_on_one_connection(connection):
    reader, writer = connection
    for _ in range(3):
        ask(writer)
    for _ in range(3):
        status, headers, body = await answer(reader)
        assert (status, body) == ("HTTP/1.1 200 OK", BODY)
        assert (headers["ETag"], headers["X-Correlation-ID"]) == ('"a"', "abcdefgh")
        assert headers["Date"].endswith("GMT")


async def test_who_has_it_and_who_asks_for_the_head_alone_get_no_body(connection):
    reader, writer = connection
    ask(writer, 'If-None-Match: "a"')
    status, headers, _ = await answer(reader, has_body=False)
    assert (status, "Content-Length" in headers) == ("HTTP/1.1 304 Not Modified", False)
    ask(writer, method="HEAD")
    status, headers, _ = await answer(reader, has_body=False)
    assert (status, headers["Content-Length"]) == ("HTTP/1.1 200 OK", str(len(BODY)))
    ask(writer)
    assert (await answer(reader))[2] == BODY


@pytest.mark.parametrize(("version", "line"), [("1.0", "X: y"), ("1.1", "Connection: close")])
async def test_who_wants_the_connection_closed_gets_the_same_and_the_end(connection, version, line):
    reader, writer = connection
    ask(writer, line, version=version)
    status, headers, body = await answer(reader)
    assert (status.split(" ", 1)[1], body) == ("200 OK", BODY)
    assert (headers["ETag"], headers["Content-Type"]) == ('"a"', "application/json")
    assert await reader.read() == b""


async def test_a_client_that_leaves_in_the_middle_hurts_nobody():
    app = web.Application()
    app.router.add_get("/", handler)
    async with TestServer(app) as server:
        for _ in range(5):
            _, leaving = await asyncio.open_connection("127.0.0.1", server.port)
            ask(leaving)
            leaving.transport.abort()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        ask(writer)
        assert (await answer(reader))[2] == BODY
        writer.close()
