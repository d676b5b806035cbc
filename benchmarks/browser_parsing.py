"""For how long does parsing hold up the event loop, in a thread as the worker does it and on the loop itself?

It runs as a worker does: the same event loop, the same settings of the search for garbage, and what was there before
the work left out of that. ``--collector python`` shows what it was like without.
"""

import argparse
import asyncio
import gc
import hashlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter, sleep

from table import shown
from watchsync.catalog.codec import decode, encode
from watchsync.cli.process_lifetime import Stop, run
from watchsync.demo import rendering
from watchsync.demo.states import Show
from watchsync.imdb.page import Capture, read_page
from watchsync.imdb.paging import ListPages
from watchsync.refs import ListRef
from watchsync.snapshot import Reading, Snapshot
from watchsync.sync.carry_over import carry_over
from watchsync.tmdb.facts import TitleFacts, enriched

LIST = ListRef.parse("ls000012000")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LARGE = 2_000_000
_ROW = '<li class="ipc-metadata-list-summary-item">'
_CONTROL_BYTES = bytes(20_000_000)


_kept: deque[object] = deque(maxlen=2)
"""What was made last stays for a while, as in a worker with two slots, so that the search for garbage has to see it."""


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
        _kept.append(await asyncio.to_thread(work))
    else:
        _kept.append(work())
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
    parts = html.split(_ROW, 2)
    row = _ROW + parts[1] if len(parts) > 2 else "<li></li>"
    return html + row * max(0, (LARGE - len(html)) // len(row))


def whole_list() -> Reading:
    walk = ListPages(LIST, "page")
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
    none = TitleFacts()
    return {
        f"read_page, JSON of {len(wide) / 1e6:.1f} MB": lambda: read_page(Capture(200, {}, wide, None), LIST),
        f"read_page, JSON-LD in {len(padded(drifted)) / 1e6:.1f} MB": lambda: read_page(
            Capture(200, {}, None, padded(drifted)), LIST
        ),
        f"read_page, rows in {len(dom) / 1e6:.1f} MB": lambda: read_page(Capture(200, {}, None, dom), LIST),
        "take in the 48th page": whole_list_of(reading),
        "encode 12,000 titles": lambda: encode(snapshot),
        "decode 12,000 titles": lambda: decode(stored.head, stored.parts),
        "carry_over 12,000 titles": lambda: carry_over(snapshot, reading.titles, NOW),
        "enrich 12,000 titles": lambda: [enriched(title, none) for title in reading.titles],
        "control: a thread that sleeps": lambda: sleep(0.02),
        "control: a thread that only computes in C": lambda: hashlib.sha256(_CONTROL_BYTES).digest(),
    }


def whole_list_of(reading: Reading) -> Callable[[], object]:
    """What one more page costs a walk that already holds the list: nothing grows with what was read before."""
    walk = ListPages(LIST, "page")
    pages = [read_page(Capture(200, {}, next_data(html_of(number)), None), LIST) for number in range(1, 49)]
    for page in pages[:-1]:
        walk.add(page)
    return lambda: (walk.add(pages[-1]), walk.reading(), len(reading.titles))


class Collections:
    """The searches for garbage while something else is measured: how long did the longest take?"""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._began = perf_counter()
        else:
            self.longest_ms = max(self.longest_ms, (perf_counter() - self._began) * 1000)


async def measured(given: argparse.Namespace) -> None:
    """Print one row for each piece of work."""
    pieces = works()
    if given.collector == "python":
        gc.set_threshold(700, 10, 10)
    else:
        gc.collect()
        gc.freeze()
    collections = Collections()
    rows = []
    for name, work in pieces.items():
        collections.longest_ms = 0.0
        thread = sorted([await longest_pause_ms(work, in_thread=True) for _ in range(given.rounds)])
        collecting = collections.longest_ms
        loop = sorted([await longest_pause_ms(work, in_thread=False) for _ in range(min(given.rounds, 7))])
        middle, alone = thread[len(thread) // 2], loop[len(loop) // 2]
        rows.append((name, middle, thread[-1], collecting, alone, middle / alone))
    head = ("work", "thread: pause ms", "worst ms", "longest collection ms", "on the loop: pause ms", "ratio")
    print(shown(head, rows, markdown=given.markdown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="of each piece of work")
    parser.add_argument("--collector", choices=("worker", "python"), default="worker")
    parser.add_argument("--smoke", action="store_true", help="3 rounds")
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    if given.smoke:
        given.rounds = 3

    async def work(_: Stop) -> None:
        await measured(given)

    run(work)


if __name__ == "__main__":
    main()
