"""How is a port served? aiohttp's server, with each of its connections watched and each of its own answers a problem.

``GuardedRunner`` overrides the one method in which ``web.AppRunner`` makes its server; nothing else of aiohttp's inside
is touched.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

from aiohttp import HttpVersion10, HttpVersion11, StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import TransferEncodingError

from watchsync.http.connections import Connections, Phase
from watchsync.http.correlation import HEADER, identify, new_id
from watchsync.http.problems import MALFORMED, BodyTooSlow, problem_body, problem_of
from watchsync.http.rare_log import RareLog

_SHUTDOWN_SECONDS: Final = 10.0
_LINGERING_SECONDS: Final = 5.0
_ENFORCE_SECONDS: Final = 1.0
_BACKLOG: Final = 1024
_CONTINUE: Final = "100-continue"
_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "lingering_time": _LINGERING_SECONDS,
}
_CLIENTS_FAULTS: Final = (ConnectionError, TimeoutError, BodyTooSlow, *MALFORMED)


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, connections: Connections) -> AsyncIterator[web.AppRunner]:
    """Serve an app while inside. Raises OSError when the port is taken."""
    runner = GuardedRunner(app, connections)
    await runner.setup()
    enforcing = asyncio.create_task(_enforce(connections), name="connection limits")
    try:
        await _site(runner, host, port).start()
        yield runner
    finally:
        enforcing.cancel()
        await runner.cleanup()


def _site(runner: web.AppRunner, host: str, port: int) -> web.BaseSite:
    """Where to listen; ``::`` is every address of both families, on one socket."""
    if host != "::" or not socket.has_dualstack_ipv6():
        return web.TCPSite(runner, host, port, backlog=_BACKLOG)
    listening = socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=True)
    return web.SockSite(runner, listening, backlog=_BACKLOG)


async def _enforce(connections: Connections) -> None:
    while True:
        await asyncio.sleep(_ENFORCE_SECONDS)
        connections.enforce()


class GuardedRunner(web.AppRunner):
    """Runs an app on a ``GuardedServer``."""

    def __init__(self, app: web.Application, connections: Connections) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        self._connections = connections

    async def _make_server(self) -> web.Server:
        return GuardedServer(await super()._make_server(), self._connections)


class GuardedServer(web.Server):
    """Makes a ``Connection`` for each socket, and tells it when a request begins and ends."""

    def __init__(self, made: web.Server, connections: Connections) -> None:
        super().__init__(self._answered, request_factory=self._began, auto_decompress=False)
        self._handler = made.request_handler
        self._factory = made.request_factory
        self._guard = connections
        self._malformed = RareLog("request.malformed", connections.clock)

    def __call__(self) -> "Connection":
        return Connection(self, self._guard, self._malformed, loop=self._loop)

    def _began(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        if isinstance(protocol, Connection):
            protocol.begin(payload)
        return self._factory(message, payload, protocol, writer, task)

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        """What is raised outside of the app's middlewares, as by an Expect that is not met, is a problem too."""
        identify(request)
        try:
            _check_head(request)
            return await self._handler(request)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence
            answer = problem_of(request, error)
            answer.headers[HEADER] = identify(request)
            return answer
        finally:
            if isinstance(request.protocol, Connection):
                request.protocol.end()


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
        self._malformed.write(peer=self._peer, kind=type(exc).__name__)
        answer = problem_of(request, exc if isinstance(exc, Exception) else TimeoutError())
        answer.headers[HEADER] = identify(request)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **options: Any) -> None:
        """aiohttp's own log line about a request that it gave up; a client's fault is no error of ours."""
        error = options.get("exc_info")
        if isinstance(error, _CLIENTS_FAULTS):
            self._malformed.write(peer=self._peer, kind=type(error).__name__)
        else:
            super().log_exception(*args, **options)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = self._watched.clock()


def _check_head(request: web.BaseRequest) -> None:
    """What aiohttp takes as it is, or fails over: a version that nobody speaks, an Expect that is not ASCII."""
    if request.version not in {HttpVersion10, HttpVersion11}:
        raise web.HTTPBadRequest(text="Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    if request.headers.get("Expect", _CONTINUE).lower() != _CONTINUE:
        raise web.HTTPExpectationFailed


def _bare_problem(status: int, detail: str) -> bytes:
    """A whole answer for where there is no request to answer."""
    correlation_id = new_id()
    body = problem_body(status, detail, "/", correlation_id)
    head = {
        "Content-Type": "application/problem+json",
        "Content-Length": len(body),
        "Cache-Control": "no-store",
        "Connection": "close",
        "Retry-After": 5,
        HEADER: correlation_id,
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
