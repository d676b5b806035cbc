"""The stand-in sites, listening."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from watchsync.demo.challenge import challenge_app
from watchsync.demo.control import Control
from watchsync.demo.graphql import graphql_app
from watchsync.demo.imdb import imdb_app
from watchsync.demo.states import Size
from watchsync.demo.tmdb import tmdb_app


@dataclass(frozen=True, slots=True)
class Sites:
    """Where the stand-ins are, in the words of the settings, and their switchboard."""

    imdb_url: str
    graphql_url: str
    tmdb_url: str
    tmdb_image_url: str
    poster_url: str
    challenge_url: str
    """Where the browser check comes from while it comes from a host of its own."""
    control: Control


@asynccontextmanager
async def standing_in(
    host: str = "127.0.0.1",
    imdb_port: int = 0,
    tmdb_port: int = 0,
    *,
    size: Size = Size.FULL,
    has_foreign_challenge: bool = False,
) -> AsyncIterator[Sites]:
    """Serve the sites while inside; port 0 takes a free one. Raises OSError when a port is taken.

    ``size`` is how much every page carries beside its rows, ``has_foreign_challenge`` whether the browser check comes
    from ``challenge_url``; both may be switched later.
    """
    control = Control(size=size, has_foreign_challenge=has_foreign_challenge)
    async with AsyncExitStack() as stack:
        checking = await stack.enter_async_context(_listening(challenge_app(control), host, 0))
        imdb = await stack.enter_async_context(_listening(imdb_app(control, checking), host, imdb_port))
        tmdb = await stack.enter_async_context(_listening(tmdb_app(control), host, tmdb_port))
        graphql = await stack.enter_async_context(_listening(graphql_app(control, imdb), host, 0))
        poster_url = f"{tmdb}/poster/{{imdb_id}}.svg"
        yield Sites(imdb, f"{graphql}/", f"{tmdb}/3", f"{tmdb}/t/p", poster_url, checking, control)


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
