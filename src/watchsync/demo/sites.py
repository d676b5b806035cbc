"""The stand-in sites, listening."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from watchsync.demo.graphql import graphql_app
from watchsync.demo.imdb import imdb_app
from watchsync.demo.states import Control
from watchsync.demo.tmdb import tmdb_app


@dataclass(frozen=True, slots=True)
class Sites:
    """Where the stand-ins are, in the words of the settings, and their switchboard."""

    imdb_url: str
    graphql_url: str
    tmdb_url: str
    tmdb_image_url: str
    poster_url: str
    control: Control


@asynccontextmanager
async def standing_in(host: str = "127.0.0.1", imdb_port: int = 0, tmdb_port: int = 0) -> AsyncIterator[Sites]:
    """Serve the sites while inside; port 0 takes a free one. Raises OSError when a port is taken."""
    control = Control()
    async with AsyncExitStack() as stack:
        imdb = await stack.enter_async_context(_listening(imdb_app(control), host, imdb_port))
        tmdb = await stack.enter_async_context(_listening(tmdb_app(control), host, tmdb_port))
        graphql = await stack.enter_async_context(_listening(graphql_app(control, imdb), host, 0))
        yield Sites(imdb, f"{graphql}/", f"{tmdb}/3", f"{tmdb}/t/p", f"{tmdb}/poster/{{imdb_id}}.svg", control)


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
