"""May a page of another origin read the answer?"""

from aiohttp import web
from aiohttp.typedefs import Handler

_PRIVATE = ("/jobs", "/admin")


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let pages of any origin read what is public; what needs a token is not for them."""
    response = await handler(request)
    if not response.prepared and not request.path.startswith(_PRIVATE):
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    return response
