"""The page that shows the API's description. One vendored file draws it; nothing comes from another host."""

from typing import Final

from aiohttp import web

from watchsync.api.context import SITE
from watchsync.api.openapi import takes

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    # The vendored page writes its styles into the document as it draws, so this one page allows that.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[web.RouteDef]:
    """The page at its one address."""
    return [web.get("/docs", _docs)]


@takes("The description for people", tag="about", answers={200: "HTML."}, produces="text/html")
async def _docs(request: web.Request) -> web.Response:
    return web.Response(text=request.app[SITE].docs.render(), content_type="text/html", headers=_HEADERS)
