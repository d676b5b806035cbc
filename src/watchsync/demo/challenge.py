"""The stand-in's browser check: a page whose script must run before anything else is shown."""

import hashlib
import hmac
import secrets
import time

_SECRET = secrets.token_bytes(32)
_WORK = 20_000

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title></title>
<script>window.gokuProps = {"key": "demo", "context": "%s", "iv": "demo"};</script>
<script src="/challenge.js"></script></head><body><div id="challenge-container"></div>
<noscript><h1>JavaScript is disabled</h1>In order to continue, we need to verify that you're not a robot.
This requires JavaScript. Enable JavaScript and then reload the page.</noscript>
<script>window.addEventListener('load', () => AwsWafIntegration.solve(window.gokuProps.context)
  .then(() => window.location.reload(true)));</script></body></html>"""

SCRIPT = """window.AwsWafIntegration = {solve: async (context) => {
  let sum = 7;
  for (let turn = 0; turn < WORK; turn += 1) sum = (sum * 31 + context.charCodeAt(turn % context.length)) % 1000003;
  await fetch('/challenge/verify', {method: 'POST', body: JSON.stringify({context, sum, agent: navigator.userAgent})});
}};""".replace("WORK", str(_WORK))


def page() -> str:
    """A challenge that was never given before."""
    return PAGE % secrets.token_hex(16)


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
