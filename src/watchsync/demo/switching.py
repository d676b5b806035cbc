"""How are the stand-ins switched and counted over HTTP, under ``/__control``?"""

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from watchsync.demo.control import Control
from watchsync.demo.states import GraphqlShow, Show, Size

CONTROL = web.AppKey("CONTROL", Control)


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note each answer by the name of its handler; one that leads elsewhere as ``redirect``."""
    control = request.app[CONTROL]
    try:
        response = await handler(request)
    except web.HTTPRedirection:
        control.count("redirect", 0)
        raise
    body = response.body if isinstance(response, web.Response) else None
    control.count(request.match_info.handler.__name__.strip("_"), len(body) if isinstance(body, bytes) else 0)
    return response


async def _show_control(request: web.Request) -> web.Response:
    control = request.app[CONTROL]
    facts = {
        "served": dict(control.served),
        "servedBytes": control.served_bytes,
        "size": control.size,
        "states": [show.value for show in Show],
    }
    return web.json_bytes_response(facts, dumps=orjson.dumps)


async def _switch(request: web.Request) -> web.Response:
    wanted = orjson.loads(await request.read())
    request.app[CONTROL].set(
        request.match_info["slug"],
        Show(wanted.get("state", "ok")),
        count=wanted.get("count"),
        latency_seconds=float(wanted.get("latencySeconds", 0)),
    )
    return web.Response(status=204)


async def _switch_size(request: web.Request) -> web.Response:
    request.app[CONTROL].size = Size(orjson.loads(await request.read())["size"])
    return web.Response(status=204)


async def _switch_challenge(request: web.Request) -> web.Response:
    """``foreign`` and ``turnsHeadlessAway``, each only where given."""
    control, wanted = request.app[CONTROL], orjson.loads(await request.read())
    control.has_foreign_challenge = bool(wanted.get("foreign", control.has_foreign_challenge))
    control.turns_headless_away = bool(wanted.get("turnsHeadlessAway", control.turns_headless_away))
    return web.Response(status=204)


async def _switch_graphql(request: web.Request) -> web.Response:
    """``state``, ``namingHeaders`` and ``language``, each only where given."""
    control, wanted = request.app[CONTROL], orjson.loads(await request.read())
    control.graphql = GraphqlShow(wanted.get("state", control.graphql))
    names = wanted.get("namingHeaders", control.graphql_naming_headers)
    control.graphql_naming_headers = frozenset(name.lower() for name in names)
    control.graphql_language = wanted.get("language", control.graphql_language)
    return web.Response(status=204)


async def _reset(request: web.Request) -> web.Response:
    request.app[CONTROL].reset()
    return web.Response(status=204)


ROUTES = (
    web.get("/__control", _show_control),
    web.post("/__control/lists/{slug}", _switch),
    web.post("/__control/size", _switch_size),
    web.post("/__control/challenge", _switch_challenge),
    web.post("/__control/graphql", _switch_graphql),
    web.post("/__control/reset", _reset),
)
