"""How is a port served? aiohttp's server, with each of its connections watched and each of its own answers a problem.

``GuardedRunner`` overrides the one method in which ``web.AppRunner`` makes its server; nothing else of aiohttp's inside
is touched here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import HttpVersion10, HttpVersion11, StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from watchsync.http.connection import Connection
from watchsync.http.connections import Connections
from watchsync.http.correlation import HEADER, identify
from watchsync.http.problems import problem_of
from watchsync.http.rare_log import RareLog
from watchsync.listening import listen

_SHUTDOWN_SECONDS: Final = 10.0
_ENFORCE_SECONDS: Final = 1.0
_CONTINUE: Final = "100-continue"


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, connections: Connections, *, setting: str = "WATCHSYNC_PORT"
) -> AsyncIterator[web.AppRunner]:
    """Serve an app while inside. Raises CannotListen, which names the ``setting`` of the port."""
    runner = GuardedRunner(app, connections)
    await runner.setup()
    enforcing = asyncio.create_task(_enforce(connections), name="connection limits")
    try:
        await listen(runner, host, port, setting=setting)
        yield runner
    finally:
        enforcing.cancel()
        await runner.cleanup()


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

    def __call__(self) -> Connection:
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


def _check_head(request: web.BaseRequest) -> None:
    """What aiohttp takes as it is, or fails over: a version that nobody speaks, an Expect that is not ASCII."""
    if request.version not in {HttpVersion10, HttpVersion11}:
        raise web.HTTPBadRequest(text="Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    if request.headers.get("Expect", _CONTINUE).lower() != _CONTINUE:
        raise web.HTTPExpectationFailed
