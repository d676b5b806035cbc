"""What does one connection wait for, and what is answered where there is no request to answer?"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import TransferEncodingError

from watchsync.http.connections import Connections, Phase
from watchsync.http.correlation import HEADER, identify, new_id
from watchsync.http.problems import MALFORMED, BodyTooSlow, problem_body, problem_of
from watchsync.http.rare_log import RareLog

_LINGERING_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 5
_CLIENTS_FAULTS: Final = (ConnectionError, TimeoutError, BodyTooSlow, *MALFORMED)
_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "lingering_time": _LINGERING_SECONDS,
}


class Connection(web.RequestHandler):
    """One connection, and what it waits for."""

    __slots__ = ("_body", "_has_more", "_malformed", "_peer", "_watched", "_wire", "phase", "since", "unread_since")

    def __init__(self, server: web.Server, watched: Connections, malformed: RareLog, **options: Any) -> None:
        super().__init__(server, **_OPTIONS, **options)
        self._watched = watched
        self._malformed = malformed
        self._body: StreamReader | None = None
        self._has_more = False
        self._wire: asyncio.Transport | None = None
        self._peer: str | None = None
        self.phase = Phase.IDLE
        self.since = watched.clock()
        self.unread_since: float | None = None

    @property
    def peer(self) -> str | None:
        """The address at the other end."""
        return self._peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        super().connection_made(transport)
        self._wire = self.transport
        name = transport.get_extra_info("peername")
        self._peer = str(name[0]) if isinstance(name, tuple) else None
        self._watched.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is closed."""
        self._watched.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came; called without any to go on with those that were left."""
        if data and self.phase is Phase.IDLE:
            self._enter(Phase.HEAD)
        self._has_more = self._has_more or bool(data)
        super().data_received(data)
        if self.phase is not Phase.BODY or self._body is None:
            return
        if self._body.is_eof():
            self._has_more = False
            self._enter(Phase.BUSY)
        elif self._messages:
            # Before a body has ended nothing but an error can come behind it, and aiohttp tells its reader nothing.
            self._body.set_exception(TransferEncodingError("the body is broken"))

    def begin(self, body: StreamReader) -> None:
        """A request's head is there."""
        self._body = body
        self._has_more = False
        self._enter(Phase.BUSY if body.is_eof() else Phase.BODY)

    def end(self) -> None:
        """A request was answered."""
        if self.phase is not Phase.CLOSING:
            self._enter(Phase.HEAD if self._has_more else Phase.IDLE)

    def pause_writing(self) -> None:
        """The client does not read."""
        self.unread_since = self._watched.clock()
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client reads."""
        self.unread_since = None
        super().resume_writing()

    def refuse(self, status: int, detail: str) -> None:
        """Answer by itself, and close."""
        if self.transport is not None:
            self.transport.write(_bare_problem(status, detail))
        self.force_close()

    def end_body(self) -> None:
        """Let whoever reads the body hear that it did not come in time."""
        self._enter(Phase.BUSY)
        if self._body is not None:
            self._body.set_exception(BodyTooSlow())

    def force_close(self) -> None:
        """Close once the client has taken what was sent."""
        if self.phase is not Phase.CLOSING:
            self._enter(Phase.CLOSING)
        super().force_close()

    def abort(self) -> None:
        """Close at once."""
        self.force_close()
        if self._wire is not None:
            self._wire.abort()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """aiohttp's own answer to what is no request, as a problem; nothing that was sent is told or logged."""
        del status, message
        if request.writer.output_size > 0 or isinstance(exc, ConnectionError):
            raise ConnectionResetError("the answer cannot be sent any more") from None
        self._malformed.write(kind=type(exc).__name__)
        answer = problem_of(request, exc if isinstance(exc, Exception) else TimeoutError())
        answer.headers[HEADER] = identify(request)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **options: Any) -> None:
        """aiohttp's own log line about a request that it gave up; a client's fault is no error of ours."""
        error = options.get("exc_info")
        if isinstance(error, _CLIENTS_FAULTS):
            self._malformed.write(kind=type(error).__name__)
        else:
            super().log_exception(*args, **options)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = self._watched.clock()


def _bare_problem(status: int, detail: str) -> bytes:
    """A whole answer for where there is no request to answer."""
    correlation_id = new_id()
    body = problem_body(status, detail, "/", correlation_id)
    head = {
        "Content-Type": "application/problem+json",
        "Content-Length": len(body),
        "Cache-Control": "no-store",
        "Connection": "close",
        HEADER: correlation_id,
        **({"Retry-After": _RETRY_SECONDS} if status in {429, 503} else {}),
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
