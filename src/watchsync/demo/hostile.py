"""Pages that no honest site sends, each one a burden on who reads it."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from watchsync.demo import rendering
from watchsync.demo.control import Control
from watchsync.demo.states import Show, Size

_DEPTH = 200_000
_HUGE_BYTES = 300_000_000
_CHUNK = b"<p>" + b"x" * 999_994 + b"</p>"
_NUISANCE = """<script>
alert('Hello'); confirm('Leave?'); prompt('Your name?');
for (let turn = 0; turn < 5; turn += 1) window.open('/static/style.css');
addEventListener('beforeunload', (event) => event.preventDefault());
</script>"""
_SCROLL = """<script>
const list = document.querySelector('ul.ipc-metadata-list'), row = list.innerHTML;
setInterval(() => list.insertAdjacentHTML('beforeend', row), 0);
for (let turn = 0; turn < 100; turn += 1) list.insertAdjacentHTML('beforeend', row);
</script>"""
Answer = Callable[[web.Request, str, Control], Awaitable[web.StreamResponse]]


def _page(change: Callable[[str], str], *, charset: str = "utf-8", size: Size | None = None) -> Answer:
    """The honest first page, changed."""

    async def answer(request: web.Request, slug: str, control: Control) -> web.StreamResponse:
        text = rendering.page(slug, 1, Show.OK, f"http://{request.host}", size or control.size)
        headers = {"Content-Type": f"text/html; charset={charset}"}
        return web.Response(body=change(text).encode(), headers=headers)

    return answer


def _nested(_: str) -> str:
    json = "[" * _DEPTH + "]" * _DEPTH
    return f'<script id="__NEXT_DATA__" type="application/json">{json}</script>' + "<div>" * _DEPTH


def _odd_numbers(text: str) -> str:
    text = re.sub(r'"(total|totalItems|totalPossibleItems|voteCount|seconds)":[\d.]+', r'"\1":1e400', text)
    return re.sub(r'"(year|endYear|absolutePosition|aggregateRating)":[\d.]+', r'"\1":-99999999999999999999', text)


def _without_data(text: str) -> str:
    return re.sub(r"<script [^>]*json.*?</script>", "", text, flags=re.DOTALL)


async def _huge(request: web.Request, _: str, control: Control) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    for _turn in range(_HUGE_BYTES // len(_CHUNK)):
        await response.write(_CHUNK)
        control.count("hostile", len(_CHUNK))
    return response


async def _endless(request: web.Request, _: str, _control: Control) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while True:
        await response.write(b"<p>more</p>")
        await asyncio.sleep(0.05)


async def _header_bomb(_request: web.Request, _: str, _control: Control) -> web.StreamResponse:
    return web.Response(text="", headers={f"X-Bomb-{number}": "x" * 4_000 for number in range(100)})


async def _redirect_loop(request: web.Request, _: str, _control: Control) -> web.StreamResponse:
    turn = int(request.query.get("turn", "0")) + 1
    return web.Response(status=302, headers={"Location": f"{request.path}?turn={turn}"})


async def _download(_request: web.Request, _: str, _control: Control) -> web.StreamResponse:
    headers = {"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=list.csv"}
    return web.Response(text="Const\ntt0111161\n", headers=headers)


ANSWERS: dict[Show, Answer] = {
    Show.HUGE: _huge,
    Show.ENDLESS: _endless,
    Show.NESTED: _page(_nested),
    Show.HEADER_BOMB: _header_bomb,
    Show.REDIRECT_LOOP: _redirect_loop,
    Show.RELOADING: _page(lambda text: "<script>location.reload()</script>" + text),
    Show.DOWNLOAD: _download,
    Show.NUISANCE: _page(lambda text: _NUISANCE + text),
    Show.SCROLLING: _page(lambda text: _without_data(text).replace("</body>", f"{_SCROLL}</body>"), size=Size.SMALL),
    Show.BUSY: _page(lambda text: text.replace("</body>", "<script>for (;;) {}</script></body>")),
    Show.WRONG_CHARSET: _page(str, charset="utf-16le"),
    Show.NUL_BYTES: _page(lambda text: text.replace(" of ", "\0").replace("The ", "The\\u0000")),
    Show.ODD_NUMBERS: _page(_odd_numbers),
    Show.PLACEHOLDERS: _page(lambda text: re.sub(r"tt\d{7,8}", "ttXXXXXXX", text)),
}
