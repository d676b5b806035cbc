"""For how long does parsing hold up the event loop, in a thread as the worker does it and on the loop itself?"""

import argparse
import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from table import shown
from watchsync.catalog.codec import decode, encode
from watchsync.demo import rendering
from watchsync.demo.states import Show
from watchsync.imdb.page import Capture, read_page
from watchsync.imdb.walk import Walk
from watchsync.refs import ListRef
from watchsync.snapshot import Reading, Snapshot
from watchsync.sync.memory import remember
from watchsync.tmdb.facts import Answer, enriched

LIST = ListRef.parse("ls000012000")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LARGE = 2_000_000


async def longest_pause_ms(work: Callable[[], object], *, in_thread: bool) -> float:
    """The longest time between two turns of the loop that should be 1 ms apart, less that millisecond."""
    pauses: list[float] = []

    async def tick() -> None:
        last = perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = perf_counter()
            pauses.append((now - last) * 1000 - 1)
            last = now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.02)
    pauses.clear()
    if in_thread:
        await asyncio.to_thread(work)
    else:
        work()
    await asyncio.sleep(0.005)
    ticking.cancel()
    return max(pauses)


def html_of(number: int = 1, show: Show = Show.OK) -> str:
    return rendering.page(str(LIST), number, show, "http://127.0.0.1")


def next_data(html: str) -> str:
    start = html.index('id="__NEXT_DATA__"')
    start = html.index(">", start) + 1
    return html[start : html.index("</script>", start)]


def padded(html: str) -> str:
    """The same page at two million characters, its rows in front."""
    row = html[html.index("<li class=") : html.index("</ul></div>")] if "</ul></div>" in html else "<li></li>"
    return html + row * max(0, (LARGE - len(html)) // len(row))


def whole_list() -> Reading:
    walk = Walk(LIST, "page")
    while (number := walk.next_page) is not None:
        walk.add(read_page(Capture(200, {}, next_data(html_of(number)), None), LIST))
    return walk.reading()


def works() -> dict[str, Callable[[], object]]:
    """Each piece of work that is large, by name."""
    data, drifted, dom = next_data(html_of()), html_of(show=Show.DRIFTED), padded(html_of(show=Show.DOM_ONLY))
    wide = data.replace('"latestTrailer":{', '"latestTrailer":{"pad":"' + "y" * ((LARGE - len(data)) // 250) + '",')
    reading = whole_list()
    snapshot = Snapshot(reading=reading, fetched_at=NOW)
    stored = encode(snapshot)
    none = Answer()
    return {
        f"read_page, JSON of {len(wide) / 1e6:.1f} MB": lambda: read_page(Capture(200, {}, wide, None), LIST),
        f"read_page, JSON-LD in {len(padded(drifted)) / 1e6:.1f} MB": lambda: read_page(
            Capture(200, {}, None, padded(drifted)), LIST
        ),
        f"read_page, rows in {len(dom) / 1e6:.1f} MB": lambda: read_page(Capture(200, {}, None, dom), LIST),
        "take in the 48th page": whole_list_of(reading),
        "encode 12,000 titles": lambda: encode(snapshot),
        "decode 12,000 titles": lambda: decode(stored.head, stored.parts),
        "remember 12,000 titles": lambda: remember(snapshot, reading.titles, NOW),
        "enrich 12,000 titles": lambda: [enriched(title, none) for title in reading.titles],
    }


def whole_list_of(reading: Reading) -> Callable[[], object]:
    """What one more page costs a walk that already holds the list: nothing grows with what was read before."""
    walk = Walk(LIST, "page")
    pages = [read_page(Capture(200, {}, next_data(html_of(number)), None), LIST) for number in range(1, 49)]
    for page in pages[:-1]:
        walk.add(page)
    return lambda: (walk.add(pages[-1]), walk.reading(), len(reading.titles))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="the median of so many is shown")
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    rows = []
    for name, work in works().items():
        found = {}
        for in_thread in (True, False):
            pauses = [await longest_pause_ms(work, in_thread=in_thread) for _ in range(given.rounds)]
            found[in_thread] = (sorted(pauses)[given.rounds // 2], max(pauses))
        (thread, worst), (loop, _) = found[True], found[False]
        rows.append((name, thread, worst, loop, thread / loop))
    head = ("work", "thread: pause ms", "worst ms", "on the loop: pause ms", "ratio")
    print(shown(head, rows, markdown=given.markdown))


if __name__ == "__main__":
    asyncio.run(main())
