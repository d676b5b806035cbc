"""HTTP by hand: what no client library would send, and the answers to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from multidict import CIMultiDict


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer, as it stood on the wire."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    def problem(self) -> dict:
        """The problem document that this must be."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        body = orjson.loads(self.body)
        assert {"type", "title", "status", "detail", "instance", "correlationId"} <= body.keys()
        assert body["status"] == self.status
        assert body["correlationId"] == self.headers["X-Correlation-ID"]
        return body


async def asked(port: int, sent: bytes, *, host: str = "127.0.0.1") -> RawAnswer:
    """The first answer to some bytes; the sending side stays open."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(sent)
    try:
        return await read_answer(reader)
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> RawAnswer:
    """One answer with a length; one that only says to go on is passed over."""
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    status = int(status_line.split()[1])
    if status == 100:
        return await read_answer(reader)
    headers = CIMultiDict((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = int(headers.get("Content-Length", 0))
    return RawAnswer(status, headers, await reader.readexactly(length))


def request(method: str, target: bytes | str, *lines: bytes, body: bytes = b"", host: bytes = b"localhost") -> bytes:
    """A request whose lines and target may hold any bytes."""
    path = target.encode() if isinstance(target, str) else target
    length = [b"Content-Length: %d" % len(body)] if body else []
    return b"\r\n".join([method.encode() + b" " + path + b" HTTP/1.1", b"Host: " + host, *length, *lines, b"", body])


async def until(is_so: Callable[[], object]) -> None:
    """Let everything else go on until something is so."""
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0)
