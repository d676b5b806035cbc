"""A small site that notes what it is asked for, and a pool over a real Chromium."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

import light_browser
from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.pool import Pool
from watchsync.browser.session import Site
from watchsync.metrics import Metrics

PATIENT = Deadlines(
    launch=60, context=60, navigation=60, challenge=60, evaluate=60, close=30, heartbeat_every=0.2, heartbeat=20
)
"""A browser that is only slow is not taken for one that hangs."""
CAPTURE = """(source) => {
  const text = source === null ? document.documentElement.outerHTML : source;
  const title = /<title>(.*)<\\/title>/.exec(text)?.[1] ?? null;
  return JSON.stringify({title, cookies: document.cookie, length: text.length});
}"""
ENDLESS = "(source) => { for (;;) {} }"
_CHALLENGE = """<title>check</title><script>document.cookie = 'aws-waf-token=good; path=/';</script>
<script>addEventListener('load', () => location.reload());</script>"""


class StandIn:
    """Pages with names of their own; ``asked`` holds the paths in the order in which they were asked for."""

    def __init__(self) -> None:
        self.origin = ""
        self.asked: list[str] = []
        self.headers: list[CIMultiDictProxy[str]] = []
        self.came = asyncio.Event()
        self.is_released = asyncio.Event()
        self.burden = ""
        """The script of ``/burden``."""

    def site(self, capture: str = CAPTURE) -> Site:
        return Site(self.origin, capture, kept_cookies=frozenset({"aws-waf-token"}))

    def count(self, path: str) -> int:
        return self.asked.count(path)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.headers.append(request.headers)
        pages = {
            "/list": self._page,
            "/decorated": self._decorated,
            "/checked": self._checked,
            "/checked-early": self._checked_early,
            "/never-passed": self._never_passed,
            "/captcha": self._captcha,
            "/slow": self._slow,
            "/large": self._large,
            "/broken": self._broken,
            "/download": self._download,
            "/nuisance": self._nuisance,
            "/no-page": self._no_page,
            "/burden": self._burden,
        }
        return await pages.get(request.path, self._page)(request)

    async def _page(self, request: web.Request) -> web.Response:
        body = f"<title>{request.path}</title><p>{'x' * 1000}"
        headers = {"Set-Cookie": f"list={request.query_string}; Path=/", "Retry-After": "7"}
        return web.Response(text=body, content_type="text/html", headers=headers)

    async def _decorated(self, request: web.Request) -> web.Response:
        elsewhere = self.origin.replace("127.0.0.1", "localhost")
        body = f"""<title>decorated</title><link rel="stylesheet" href="/style.css?v=1"><img src="/picture.png">
        <script src="/own.js"></script><script src="{elsewhere}/foreign.js"></script>
        <video src="/film.mp4" autoplay></video>"""
        return web.Response(text=body, content_type="text/html")

    async def _checked(self, request: web.Request) -> web.Response:
        if request.cookies.get("aws-waf-token") == "good":
            return await self._page(request)
        return await self._never_passed(request)

    async def _checked_early(self, request: web.Request) -> web.Response:
        if request.cookies.get("aws-waf-token") == "good":
            return await self._page(request)
        headers = {"x-amzn-waf-action": "challenge"}
        body = _CHALLENGE.partition("<script>addEventListener")[0] + "<script>location.reload()</script>" + "<p>" * 5000
        return web.Response(text=body, content_type="text/html", status=202, headers=headers)

    async def _never_passed(self, request: web.Request) -> web.Response:
        headers = {"x-amzn-waf-action": "challenge"}
        return web.Response(text=_CHALLENGE, content_type="text/html", status=202, headers=headers)

    async def _captcha(self, request: web.Request) -> web.Response:
        headers = {"x-amzn-waf-action": "captcha"}
        return web.Response(text="Human Verification", content_type="text/html", status=405, headers=headers)

    async def _slow(self, request: web.Request) -> web.Response:
        self.came.set()
        await self.is_released.wait()
        return await self._page(request)

    async def _large(self, _: web.Request) -> web.Response:
        return web.Response(body=bytes(29_000_000), content_type="text/html")

    async def _broken(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": "5000"})
        await response.prepare(request)
        await response.write(b"<title>half</title>" + b"x" * 1000)
        assert request.transport
        request.transport.abort()
        return response

    async def _download(self, request: web.Request) -> web.Response:
        headers = {"Content-Disposition": "attachment; filename=list.csv"}
        return web.Response(text="a,b", content_type="text/csv", headers=headers)

    async def _no_page(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _burden(self, _: web.Request) -> web.Response:
        self.came.set()
        return web.Response(text=f"<title>burden</title><p>x<script>{self.burden}</script>", content_type="text/html")

    async def _nuisance(self, request: web.Request) -> web.Response:
        body = """<title>nuisance</title><script>alert('hello'); window.open('/popup');
        navigator.serviceWorker?.register('/worker.js').catch(() => 0);</script>"""
        return web.Response(text=body, content_type="text/html")


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    """A site of this test's own."""
    site = StandIn()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    site.is_released.set()
    await runner.cleanup()


class Started:
    """Launches real browsers and remembers them."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._launcher = light_browser.launcher(deadlines=deadlines)
        self.all: list[Chromium] = []

    async def __call__(self) -> Chromium:
        chromium = await self._launcher()
        self.all.append(chromium)
        return chromium

    @property
    def last(self) -> Chromium:
        return self.all[-1]


@pytest.fixture
async def start_pool(metrics: Metrics) -> AsyncIterator[Callable[..., object]]:
    """Open a pool over a real Chromium with long deadlines; answers it and the browsers that it starts."""
    async with AsyncExitStack() as stack:

        async def start(**options: object) -> tuple[Pool, Started]:
            deadlines = options.setdefault("deadlines", PATIENT)
            started = Started(deadlines)
            options.setdefault("slots", 2)
            return await stack.enter_async_context(Pool(started, metrics, **options)), started

        yield start
