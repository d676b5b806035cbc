"""The stand-in of imdb.com."""

import asyncio
import re
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from watchsync.demo import challenge, rendering, switching
from watchsync.demo.addresses import REDIRECTED, canonical, profile_of
from watchsync.demo.boilerplate import SIGN_IN_FORM
from watchsync.demo.control import Control, Setting
from watchsync.demo.hostile import ANSWERS
from watchsync.demo.posters import poster
from watchsync.demo.selection import Asked
from watchsync.demo.states import Show
from watchsync.demo.switching import CONTROL, counted

_CHALLENGE_URL = web.AppKey("CHALLENGE_URL", str)
_OWNER = r"ur\d+|p\.[a-z0-9]+"
_LANGUAGE = r"/{language:[a-z]{2}(?:-[a-z]{2})?}"
_ERROR = (
    '<!DOCTYPE html><html><body><h1 data-testid="error-page-title">404 Error</h1>'
    "<p>The requested URL was not found on our server.</p></body></html>"
)
_REFUSALS: dict[Show, tuple[int, dict[str, str], str]] = {
    Show.SIGN_IN: (200, {}, SIGN_IN_FORM),
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


def imdb_app(control: Control, challenge_url: str) -> web.Application:
    """Lists, ratings, pictures, the browser check, and the switchboard under ``/__control``.

    The check is at ``challenge_url`` too, for when the switchboard wants it to come from there.
    """
    app = web.Application(middlewares=[counted])
    app[CONTROL] = control
    app[_CHALLENGE_URL] = challenge_url
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
            web.get("/registration/signin{tail:/?}", _sign_in),
            web.get("/static/{name}", _asset),
            web.get("/images/M/{name}", _image),
            *challenge.ROUTES,
            *switching.ROUTES,
        ]
    )
    return app


async def _list(request: web.Request) -> web.StreamResponse:
    found = request.match_info
    slug = found.get("list") or found["owner"] + ("-ratings" if found.get("page") == "ratings" else "")
    control = request.app[CONTROL]
    _lead_elsewhere(request, control.peek(slug).show)
    setting = control.next(slug)
    await asyncio.sleep(setting.latency_seconds)
    if setting.show is Show.HANG:
        await asyncio.sleep(3600)
    if setting.show is Show.SIGN_IN_REDIRECT:
        raise web.HTTPFound(URL(f"/registration/signin/?u={quote(request.path, safe='')}", encoded=True))
    if _is_challenged(request, setting):
        return challenge.answer(request.app[_CHALLENGE_URL] if control.has_foreign_challenge else "")
    if refusal := _REFUSALS.get(setting.show):
        status, headers, text = refusal
        return web.Response(status=status, headers=headers, text=text, content_type="text/html")
    if hostile := ANSWERS.get(setting.show):
        return await hostile(request, slug, control)
    body = rendering.document(_asked(request, slug, setting.show))
    headers = {"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8"}
    return web.Response(body=body, headers=headers)


def _lead_elsewhere(request: web.Request, show: Show) -> None:
    """Raises HTTPRedirection where the address is not the one at which the site shows the list."""
    owner, path, query = request.match_info.get("owner", ""), request.path, request.rel_url.raw_query_string
    if not request.match_info["tail"]:
        raise web.HTTPMovedPermanently(URL(f"{path}/?{query}", encoded=True))
    if owner.startswith("ur") and (owner in REDIRECTED or show in {Show.REDIRECTED, Show.PAGE_DROPPED}):
        if show is Show.PAGE_DROPPED:
            query = "&".join(each for each in query.split("&") if not each.startswith("page="))
        path = path.replace(owner, profile_of(owner), 1)
        raise web.HTTPFound(URL(f"{path}?{query}" if query else path, encoded=True))


def _asked(request: web.Request, slug: str, show: Show) -> Asked:
    control, number, sort = request.app[CONTROL], request.query.get("page", "1"), request.query.get("sort", "")
    page = int(number) if re.fullmatch(r"\d{1,6}", number) else 1
    reading = control.reading(slug, page) if show is Show.RESIZED else 1
    return Asked(canonical(slug), page, show, f"http://{request.host}", control.size, sort, reading)


async def _sign_in(_: web.Request) -> web.Response:
    return web.Response(text=SIGN_IN_FORM, content_type="text/html")


def _is_challenged(request: web.Request, setting: Setting) -> bool:
    if setting.show is Show.CHALLENGE_FOREVER:
        return True
    return setting.show is Show.CHALLENGE and not challenge.is_pass(request.cookies.get("aws-waf-token", ""))


async def _asset(request: web.Request) -> web.Response:
    kind, text = _ASSETS.get(request.match_info["name"], ("text/plain", ""))
    return web.Response(text=text, content_type=kind)


async def _image(request: web.Request) -> web.Response:
    return poster(request.match_info["name"].partition(".")[0])
