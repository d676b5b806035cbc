"""The stand-in's browser check: a page whose script must run before anything else is shown.

Script and call come from the site itself, or from a host of their own, as on the real site.
"""

import hashlib
import hmac
import secrets
import time

import orjson
from aiohttp import web

from watchsync.demo.control import Control
from watchsync.demo.switching import CONTROL, counted

_SECRET = secrets.token_bytes(32)
_WORK = 20_000

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title></title>
<script>window.gokuProps = {"key": "demo", "context": "%s", "iv": "demo"};</script>
<script src="%s/challenge.js"></script></head><body><div id="challenge-container"></div>
<noscript><h1>JavaScript is disabled</h1>In order to continue, we need to verify that you're not a robot.
This requires JavaScript. Enable JavaScript and then reload the page.</noscript>
<script>window.addEventListener('load', () => AwsWafIntegration.solve(window.gokuProps.context)
  .then(() => window.location.reload(true)));</script></body></html>"""

SCRIPT = """const home = new URL(document.currentScript.src).origin;
window.AwsWafIntegration = {solve: async (context) => {
  let sum = 7;
  for (let turn = 0; turn < WORK; turn += 1) sum = (sum * 31 + context.charCodeAt(turn % context.length)) % 1000003;
  const body = JSON.stringify({context, sum, agent: navigator.userAgent});
  const answer = await fetch(home + '/challenge/verify', {method: 'POST', body});
  if (!answer.ok || home === location.origin) return;
  document.cookie = `aws-waf-token=${(await answer.json()).token}; path=/; max-age=345600; samesite=lax`;
}};""".replace("WORK", str(_WORK))


def challenge_app(control: Control) -> web.Application:
    """The check on a host of its own."""
    app = web.Application(middlewares=[counted])
    app[CONTROL] = control
    app.add_routes(ROUTES)
    return app


def answer(script_origin: str) -> web.Response:
    """A challenge that was never given before; an empty ``script_origin`` is the site itself."""
    headers = {"x-amzn-waf-action": "challenge", "Cache-Control": "no-store"}
    text = PAGE % (secrets.token_hex(16), script_origin)
    return web.Response(status=202, headers=headers, text=text, content_type="text/html")


async def _challenge_script(_: web.Request) -> web.Response:
    return web.Response(text=SCRIPT, content_type="text/javascript")


async def _verify(request: web.Request) -> web.Response:
    """A pass, as a cookie for the site itself and as text for its other host."""
    solution = orjson.loads(await request.read())
    agent = request.headers.get("User-Agent", "")
    anyone = {"Access-Control-Allow-Origin": "*"}
    is_turned_away = request.app[CONTROL].turns_headless_away and "HeadlessChrome" in agent
    if is_turned_away or not is_solved(str(solution["context"]), solution["sum"]):
        return web.Response(status=403, headers=anyone)
    token = make_pass(request.app[CONTROL].pass_seconds)
    response = web.json_bytes_response({"token": token}, dumps=orjson.dumps, headers=anyone)
    response.set_cookie("aws-waf-token", token, max_age=4 * 86_400, samesite="Lax")
    return response


ROUTES = (web.get("/challenge.js", _challenge_script), web.post("/challenge/verify", _verify))
"""Wherever the check is served."""


def is_solved(context: str, answer: object) -> bool:
    """Whether the script did its work."""
    total = 7
    for turn in range(_WORK):
        total = (total * 31 + ord(context[turn % len(context)])) % 1_000_003
    return answer == total


def make_pass(seconds: float) -> str:
    """A token that says until when it is good."""
    until = str(int((time.time() + seconds) * 1000))
    return f"{until}.{_signature(until)}"


def is_pass(token: str) -> bool:
    """Whether a token is ours and still good."""
    until, _, signature = token.partition(".")
    return until.isdigit() and hmac.compare_digest(signature, _signature(until)) and int(until) > time.time() * 1000


def _signature(until: str) -> str:
    return hmac.new(_SECRET, until.encode(), hashlib.sha256).hexdigest()
