"""A page that tries to reach other places in every way that a page has, and listeners that note what arrives there."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

ADDRESSES = ("127.0.0.1", "127.0.0.2", "::1")
"""The page's own address at other ports, and two other addresses."""

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>trying</title>
<link rel="manifest" href="//PLACE/manifest"><link rel="icon" href="//PLACE/icon">
<link rel="dns-prefetch" href="//PLACE/"><link rel="preconnect" href="//PLACE/">
<link rel="prefetch" href="//PLACE/prefetch"><link rel="preload" as="fetch" href="//PLACE/preload" crossorigin>
<link rel="modulepreload" href="//PLACE/modulepreload"><link rel="prerender" href="//PLACE/prerender-link">
<link rel="stylesheet" href="//PLACE/style"><link rel="preload" as="image" imagesrcset="//PLACE/preloaded-set 1x">
<link rel="compression-dictionary" href="//PLACE/dictionary">
<style>@import url(//PLACE/css-import);
@font-face { font-family: f; src: url(//PLACE/font) }
body { font-family: f; background: url(//PLACE/background); cursor: url(//PLACE/cursor), auto }
p { mask-image: url(//PLACE/mask); border-image: url(//PLACE/border); filter: url(//PLACE/filter#x) }
p::before { content: url(//PLACE/content) } li { list-style: url(//PLACE/bullet) }
</style>
<script type="speculationrules">{"prefetch": [{"urls": ["http://PLACE/speculated"], "eagerness": "immediate"}],
 "prerender": [{"urls": ["http://PLACE/prerendered"], "eagerness": "immediate"}]}</script>
<script src="//PLACE/script"></script></head><body background="//PLACE/body"><p>text</p><ul><li>row</ul>
<img src="//PLACE/image"><img srcset="//PLACE/srcset 1x"><picture><source srcset="//PLACE/source"><img></picture>
<video src="//PLACE/video" poster="//PLACE/poster" preload="auto"></video><audio src="//PLACE/audio" autoplay></audio>
<iframe src="//PLACE/frame"></iframe><iframe srcdoc="<img src='//PLACE/srcdoc'>"></iframe>
<object data="//PLACE/object"></object><embed src="//PLACE/embed"><input type="image" src="//PLACE/input">
<svg><image href="//PLACE/svg"/><use href="//PLACE/use#x"/></svg>
<iframe src="/refresh"></iframe><iframe src="/redirect"></iframe><iframe src="/reporting"></iframe>
<video crossorigin><track default src="//PLACE/track"></video><img src="/x" attributionsrc="//PLACE/attribution">
<svg><filter id="in"><feImage href="//PLACE/fe-image"/></filter><rect width="9" height="9" filter="url(#in)"/></svg>
<iframe src="data:text/html,<img src=http://PLACE/data>"></iframe><iframe src="/transformed"></iframe>
<iframe sandbox="allow-scripts allow-forms allow-popups" srcdoc="<script>fetch('//PLACE/sandboxed')</script>"></iframe>
<iframe src="/header-refresh"></iframe><iframe src="/linked"></iframe>
<iframe name="target"></iframe><iframe name="posted"></iframe>
<form action="//PLACE/form" method="post" target="target"><input name="a" value="b"></form>
<a id="link" href="//PLACE/link" target="target">link</a>
<a id="ping" href="/blank" target="target" ping="//PLACE/ping">p</a>
<a id="blank" href="//PLACE/blank" target="_blank">blank</a>
<a id="file" href="//PLACE/file" target="target" download>file</a>
<script>
const tried = [];
const attempt = (name, way) => {
  try { tried.push(Promise.race([way(), new Promise((done) => setTimeout(done, 2000))]).catch(() => 0)); }
  catch (error) { /* there is no such way in this browser */ }
};
const inside = (url) => `fetch('http://PLACE/${url}', {mode: 'no-cors'}).catch(() => 0);
  try { new WebSocket('ws://PLACE/${url}-socket') } catch (error) { /* none */ }`;
const blob = (url) => URL.createObjectURL(new Blob([inside(url)], {type: 'text/javascript'}));
const nextEvent = (target, ...kinds) =>
  new Promise((done) => kinds.forEach((kind) => target.addEventListener(kind, done)));
attempt('fetch', () => fetch('//PLACE/fetch', {mode: 'no-cors'}));
attempt('post', () => fetch('//PLACE/post', {method: 'POST', mode: 'no-cors', body: 'x', keepalive: true}));
attempt('redirected', () => fetch('/redirect', {mode: 'no-cors'}));
attempt('xhr', () => { const xhr = new XMLHttpRequest(); xhr.open('GET', '//PLACE/xhr'); xhr.send();
  return nextEvent(xhr, 'loadend'); });
attempt('beacon', async () => navigator.sendBeacon('//PLACE/beacon', 'x'));
attempt('events', () => { const source = new EventSource('//PLACE/events'); return nextEvent(source, 'error'); });
attempt('socket', () => { const socket = new WebSocket('ws://PLACE/socket');
  return nextEvent(socket, 'error', 'open'); });
attempt('transport', () => new WebTransport('https://PLACE/transport').ready);
attempt('worker', async () => new Worker(blob('worker')));
attempt('shared', async () => new SharedWorker(blob('shared')));
attempt('service', () => navigator.serviceWorker.register('/service.js'));
attempt('frame service', async () => { const frame = document.createElement('iframe'); document.body.append(frame);
  return frame.contentWindow.navigator.serviceWorker.register('/service.js'); });
attempt('popup', async () => window.open('//PLACE/popup'));
attempt('popup in a frame', async () => window.open('//PLACE/popup-named', 'target'));
attempt('form', async () => document.forms[0].submit());
for (const id of ['link', 'ping', 'blank', 'file']) attempt(id, async () => document.getElementById(id).click());
attempt('import', () => import('//PLACE/import'));
if (location.search) attempt('later', async () => fetchLater('//PLACE/later', {activateAfter: 0}));
attempt('stream', () => new WebSocketStream('ws://PLACE/stream').opened);
attempt('worklet', () => new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule('//PLACE/worklet'));
attempt('paint worklet', () => CSS.paintWorklet.addModule('//PLACE/paint-worklet'));
attempt('font face', () => new FontFace('g', 'url(//PLACE/font-face)').load());
attempt('scripts of a worker', async () => new Worker(URL.createObjectURL(
  new Blob([`importScripts('http://PLACE/import-scripts')`]))));
attempt('cache', async () => (await caches.open('c')).add(new Request('//PLACE/cache', {mode: 'no-cors'})));
attempt('identity', () => navigator.credentials.get({identity: {providers: [{configURL: 'http://PLACE/identity',
  clientId: 'a'}]}}));
attempt('payment', () => new PaymentRequest([{supportedMethods: 'https://PLACE/payment'}],
  {total: {label: 'a', amount: {currency: 'EUR', value: '1'}}}).canMakePayment());
attempt('posted on', async () => { const form = document.createElement('form');
  Object.assign(form, {method: 'post', action: '/redirect-post', target: 'posted'});
  document.body.append(form); form.submit(); });
attempt('navigation', async () => { const frame = document.createElement('iframe'); document.body.append(frame);
  frame.contentWindow.location.replace('//PLACE/replaced'); });
attempt('written popup', async () => open('about:blank').document.write('<img src="http://PLACE/written">'));
for (const scheme of ['ftp', 'view-source:http', 'ws', 'intent', 'gopher']) attempt(scheme, async () => {
  const frame = document.createElement('iframe'); frame.src = `${scheme}://PLACE/scheme`;
  document.body.append(frame); });
setInterval(() => { if (navigator.userActivation.isActive) open('http://PLACE/activated'); }, 5);
attempt('paint', async () => { new Image().src = '//PLACE/image-object'; });
for (const urls of STUN) attempt('stun', async () => {
  const peer = new RTCPeerConnection({iceServers: [{urls, username: 'a', credential: 'b'}]});
  peer.createDataChannel('x');
  await peer.setLocalDescription(await peer.createOffer());
  await nextEvent(peer, 'never');
});
attempt('peer', async () => {
  const peer = new RTCPeerConnection(), at = 'PLACE';
  const mid = peer.createDataChannel('x') && (await peer.setLocalDescription(await peer.createOffer()), '0');
  const other = new RTCPeerConnection();
  await other.setRemoteDescription(peer.localDescription);
  await other.setLocalDescription(await other.createAnswer());
  await peer.setRemoteDescription(other.localDescription);
  const [, host, port] = /^\\[?(.*?)\\]?:(\\d+)$/.exec(at);
  await peer.addIceCandidate({sdpMid: mid, candidate: `candidate:1 1 udp 2113937151 ${host} ${port} typ host`});
  await nextEvent(peer, 'never');
});
Promise.all(tried).then(async () => {
  await new Promise((done) => setTimeout(done, 500));
  await fetch('/done');
  document.title = 'tried';
  location.href = '//PLACE/location';
});
</script></body></html>"""
_SERVICE = "self.addEventListener('install', () => { fetch('http://PLACE/service', {mode: 'no-cors'}) });"

_REDIRECTS = {"redirect": web.HTTPFound, "redirect-post": web.HTTPTemporaryRedirect}
_PARTS: dict[str, tuple[str, dict[str, str], str]] = {
    "refresh": ('<meta http-equiv="refresh" content="0; url=THERE">', {}, "text/html"),
    "header-refresh": ("", {"Refresh": "0; url=THERE"}, "text/html"),
    "linked": ("", {"Link": "<THERE>; rel=preload; as=script, <THERE>; rel=preconnect"}, "text/html"),
    "reporting": (
        "<img src='/picture'>",
        {"Content-Security-Policy": "img-src 'none'; report-uri THERE"},
        "text/html",
    ),
    "transformed": ('<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="THERE"?><a/>', {}, "text/xml"),
}
"""What else the page loads of its own site, by path: text, headers, type."""


class Listeners:
    """TCP and UDP at one port of each address that nobody has any business with."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self.heard: Counter[str] = Counter()
        """How often each thing arrived: the path of an HTTP request, else ``tcp`` or ``udp``."""

    def note(self, what: str) -> None:
        self.heard[what] += 1

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.note("tcp")
        line = (await reader.readline()).decode(errors="replace").split()
        if len(line) > 1:
            self.note(line[1])
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, listeners: Listeners) -> None:
        self._listeners = listeners

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._listeners.note("udp")


@asynccontextmanager
async def listening() -> AsyncIterator[Listeners]:
    """Listen while inside."""
    listeners = Listeners()
    async with AsyncExitStack() as stack:
        for address in ADDRESSES:
            server = await asyncio.start_server(listeners._accept, address, 0)
            stack.callback(server.close)
            port = server.sockets[0].getsockname()[1]
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Udp(listeners), local_addr=(address, port), family=family
            )
            stack.callback(transport.close)
            listeners.places.append(f"[{address}]:{port}" if ":" in address else f"{address}:{port}")
        yield listeners


class HostileSite:
    """Serves that page at ``/0``, ``/1``, … for each of the places.

    With ``?later`` it also tries ``fetchLater``, which crashes a page whose requests are watched over CDP.
    """

    def __init__(self, places: list[str]) -> None:
        self.origin = ""
        self.done: asyncio.Queue[None] = asyncio.Queue()
        """One entry for each page that has tried everything."""
        self._places = places

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.strip("/")
        place = self._places[int(path or 0)] if path.isdecimal() else self._last
        self._last = place
        there = f"http://{place}/{path}"
        if path == "done":
            self.done.put_nowait(None)
        if path in _REDIRECTS:
            raise _REDIRECTS[path](there)
        if path.isdecimal():
            return self._html(PAGE.replace("STUN", self._stun()).replace("PLACE", place))
        if path == "service.js":
            return web.Response(text=_SERVICE.replace("PLACE", place), content_type="text/javascript")
        text, headers, kind = _PARTS.get(path, ("", {}, "text/html"))
        return web.Response(
            text=text.replace("THERE", there),
            headers={name: value.replace("THERE", there) for name, value in headers.items()},
            content_type=kind,
        )

    _last = ""

    def _stun(self) -> str:
        kinds = ("stun:{}", "turn:{}?transport=udp", "turn:{}?transport=tcp")
        return json.dumps([kind.format(place) for place in self._places for kind in kinds])

    def _html(self, text: str) -> web.Response:
        return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def serving(places: list[str]) -> AsyncIterator[HostileSite]:
    """Serve while inside."""
    site = HostileSite(places)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield site
    finally:
        await runner.cleanup()
