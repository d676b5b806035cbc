"""How does a kept answer leave in one piece? Its head is made of few parts, and no header is written one by one."""

from collections.abc import Mapping
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.web_request import BaseRequest

_STATUS_LINE: Final = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


class WholeResponse(web.Response):
    """An answer whose own headers are bytes already; head and body are handed to the connection at once.

    ``own_headers`` end with CRLF each and say nothing of length and date. What is put into ``headers`` on the way out
    comes behind them. Clients of HTTP/1.0, and those that close, are answered by aiohttp's own writer.
    """

    def __init__(self, *, status: int, own_headers: bytes, body: bytes = b"") -> None:
        super().__init__(status=status)
        self._own_headers = own_headers
        self._whole_body = body

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Send the answer."""
        if self.prepared:
            return None
        if request.version != HttpVersion11 or not request.keep_alive or self.keep_alive is False:
            return await self._prepare_step_by_step(request)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("The client is gone.")
        self._req = request
        self._payload_writer = writer = request._payload_writer  # noqa: SLF001 - a response is aiohttp's own business
        self._keep_alive = True
        await request._prepare_hook(self)  # noqa: SLF001 - what the app's signals put into the headers
        length = b"" if self.status == 304 else b"Content-Length: %d\r\n" % len(self._whole_body)
        date = f"Date: {rfc822_formatted_time()}\r\n".encode()
        head = b"".join((_STATUS_LINE[self.status], self._own_headers, length, date, _written(self.headers), b"\r\n"))
        is_bodiless = self.status == 304 or request.method == "HEAD"
        transport.writelines([head] if is_bodiless else [head, self._whole_body])
        self._eof_sent = True
        await writer.drain()
        return writer

    async def _prepare_step_by_step(self, request: BaseRequest) -> AbstractStreamWriter | None:
        for line in self._own_headers.decode().splitlines():
            name, _, value = line.partition(": ")
            self.headers.setdefault(name, value)
        self.body = self._whole_body
        return await super().prepare(request)


def _written(headers: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
