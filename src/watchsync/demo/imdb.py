"""The stand-in of imdb.com."""

import asyncio
import re

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from watchsync.demo import challenge, rendering
from watchsync.demo.hostile import ANSWERS
from watchsync.demo.posters import poster
from watchsync.demo.states import Control, GraphqlShow, Setting, Show

CONTROL = web.AppKey("CONTROL", Control)
_OWNER = r"ur\d+|p\.[a-z0-9]+"
_LANGUAGE = r"/{language:[a-z]{2}(?:-[a-z]{2})?}"
_ERROR = (
    '<!DOCTYPE html><html><body><h1 data-testid="error-page-title">404 Error</h1>'
    "<p>The requested URL was not found on our server.</p></body></html>"
)
_REFUSALS: dict[Show, tuple[int, dict[str, str], str]] = {
    Show.MISSING: (404, {}, _ERROR),
    Show.CAPTCHA: (405, {"x-amzn-waf-action": "captcha"}, "<html><title>Human Verification</title></html>"),
    Show.REFUSED: (403, {}, "<html><body><h1>403 Forbidden</h1></body></html>"),
    Show.THROTTLED: (429, {"Retry-After": "1"}, "Too Many Requests"),
    Show.UNAVAILABLE: (503, {}, "<html><body>Service Unavailable</body></html>"),
}
_ASSETS = {
    "style.css": ("text/css", "body{font-family:sans-serif}" * 400),
    "app.js": ("text/javascript", "window.demo = 1;" + "/* padding */" * 4000),
    "font.woff2": ("font/woff2", "0" * 40_000),
}


def imdb_app(control: Control) -> web.Application:
    """Lists, ratings, pictures, the browser check, and the switchboard under ``/__control``."""
    app = web.Application(middlewares=[counted])
    app[CONTROL] = control
    app.add_routes(
        [
            *(
                web.get(prefix + path, _list)
                for prefix in ("", _LANGUAGE)
                for path in (
                    f"/user/{{owner:{_OWNER}}}/{{page:watchlist|ratings}}{{tail:(?:/.*)?}}",
                    r"/list/{list:ls\d+}{tail:(?:/.*)?}",
                )
            ),
            web.get("/challenge.js", _challenge_script),
            web.post("/challenge/verify", _verify),
            web.get("/static/{name}", _asset),
            web.get("/images/M/{name}", _image),
            web.get("/__control", _show_control),
            web.post("/__control/lists/{slug}", _switch),
            web.post("/__control/graphql", _switch_graphql),
            web.post("/__control/reset", _reset),
        ]
    )
    return app


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note each answer by the name of its handler."""
    response = await handler(request)
    body = response.body if isinstance(response, web.Response) else None
    kind = request.match_info.handler.__name__.strip("_")
    request.app[CONTROL].count(kind, len(body) if isinstance(body, bytes) else 0)
    return response


async def _list(request: web.Request) -> web.StreamResponse:
    found = request.match_info
    slug = found.get("list") or found["owner"] + ("-ratings" if found.get("page") == "ratings" else "")
    if not found["tail"]:
        raise web.HTTPMovedPermanently(location=f"{request.path}/?{request.query_string}")
    control = request.app[CONTROL]
    setting = control.next(slug)
    await asyncio.sleep(setting.latency_seconds)
    if setting.show is Show.HANG:
        await asyncio.sleep(3600)
    if _is_challenged(request, setting):
        headers = {"x-amzn-waf-action": "challenge", "Cache-Control": "no-store"}
        return web.Response(status=202, headers=headers, text=challenge.page(), content_type="text/html")
    if refusal := _REFUSALS.get(setting.show):
        status, headers, text = refusal
        return web.Response(status=status, headers=headers, text=text, content_type="text/html")
    if hostile := ANSWERS.get(setting.show):
        return await hostile(request, slug, control)
    number = request.query.get("page", "1")
    text = rendering.page(slug, int(number) if re.fullmatch(r"\d{1,6}", number) else 1, setting.show, _origin(request))
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def _is_challenged(request: web.Request, setting: Setting) -> bool:
    if setting.show is Show.CHALLENGE_FOREVER:
        return True
    return setting.show is Show.CHALLENGE and not challenge.is_pass(request.cookies.get("aws-waf-token", ""))


async def _challenge_script(_: web.Request) -> web.Response:
    return web.Response(text=challenge.SCRIPT, content_type="text/javascript")


async def _verify(request: web.Request) -> web.Response:
    answer = orjson.loads(await request.read())
    agent = request.headers.get("User-Agent", "")
    if "HeadlessChrome" in agent or not challenge.is_solved(str(answer["context"]), answer["sum"]):
        return web.Response(status=403)
    response = web.Response(text="{}", content_type="application/json")
    token = challenge.make_pass(request.app[CONTROL].pass_seconds)
    response.set_cookie("aws-waf-token", token, max_age=4 * 86_400, samesite="Lax")
    return response


async def _asset(request: web.Request) -> web.Response:
    kind, text = _ASSETS.get(request.match_info["name"], ("text/plain", ""))
    return web.Response(text=text, content_type=kind)


async def _image(request: web.Request) -> web.Response:
    return poster(request.match_info["name"].partition(".")[0])


async def _show_control(request: web.Request) -> web.Response:
    control = request.app[CONTROL]
    facts = {
        "served": dict(control.served),
        "servedBytes": control.served_bytes,
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


async def _switch_graphql(request: web.Request) -> web.Response:
    request.app[CONTROL].graphql = GraphqlShow(orjson.loads(await request.read())["state"])
    return web.Response(status=204)


async def _reset(request: web.Request) -> web.Response:
    request.app[CONTROL].reset()
    return web.Response(status=204)


def _origin(request: web.Request) -> str:
    return f"http://{request.host}"
