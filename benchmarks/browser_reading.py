"""How long does a list take, what does it cost here and at the site, and how near is that to what is possible?

Submit to catalog, the worker warm and the list new to it, against Playwright as it comes and against crawlee.
"""

import argparse
import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Protocol

import orjson

from house import House, Served, opened, stop
from table import shown
from tree import cpu_seconds
from watchsync.browser.executable import find_full, find_shell
from watchsync.settings import load

_HERE = Path(__file__).parent
_INSTALLED = _HERE.parent / ".install" / "peers"
_UV = Path(sys.executable).parent / "uv"
_WATCHSYNC, _BOUND, _NAVIGATION, _CRAWLEE = "watchsync", "bound (a)", "navigation (b)", "crawlee (c)"


class Reader(Protocol):
    """One who reads lists, warm, with all its processes."""

    name: str
    pids: list[int]

    async def read(self, slug: str) -> float:
        """Read a list; answers how long that took."""

    async def rest(self) -> int:
        """Finish what does not belong to the time; answers the rows that were read."""


@dataclass(frozen=True)
class Run:
    """One list read once."""

    seconds: float
    cpu_seconds: float
    served: Served


class Watchsync:
    """From ``POST /jobs`` to the event that it is completed, and then to the catalog's first page."""

    def __init__(self, house: House) -> None:
        self.name = _WATCHSYNC
        self.pids = house.pids
        self._house = house
        self._job = ""

    async def read(self, slug: str) -> float:
        started = perf_counter()
        async with self._house.http.post(f"{self._house.api_url}/jobs", json={"listRef": slug}) as answer:
            self._job = (await answer.json())["jobId"]
        await self._completed()
        async with self._house.http.get(f"{self._house.api_url}/{slug}/catalog/imdb/{slug}-all.json") as answer:
            metas = (await answer.json())["metas"]
        seconds = perf_counter() - started
        if len(metas) != 100:
            raise SystemExit(f"The catalog of {slug} has {len(metas)} titles on its first page.")
        return seconds

    async def rest(self) -> int:
        job = await self._house.queue.lookup.get(self._job)
        return int((job.summary or {})["rows"])

    async def _completed(self) -> None:
        async with self._house.http.get(f"{self._house.api_url}/jobs/{self._job}/events") as stream:
            async for line in stream.content:
                if line.startswith(b"event: completed"):
                    return
        raise SystemExit("The sync was not completed.")


class Peer:
    """A program that reads the list whose address it is told."""

    def __init__(self, name: str, house: House, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.pids = [process.pid]
        self._house = house
        self._process = process

    async def read(self, slug: str) -> float:
        assert self._process.stdin
        started = perf_counter()
        self._process.stdin.write(self._house.site.first_page(slug).encode() + b"\n")
        await self.hear("read")
        return perf_counter() - started

    async def rest(self) -> int:
        return int(await self.hear("rows"))

    async def hear(self, what: str) -> int:
        """Wait for its next line."""
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended; what it said stands above.")
        return int(orjson.loads(line)[what])


@asynccontextmanager
async def _peer(name: str, house: House, command: Sequence[str]) -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
    try:
        peer = Peer(name, house, process)
        await peer.hear("ready")
        yield peer
    finally:
        assert process.stdin
        process.stdin.close()
        await stop(process)


def _command(name: str, browser: str) -> list[str]:
    plain = str(_HERE / "peers/playwright_plain/read.py")
    if name == _BOUND:
        return [sys.executable, plain, browser, "fetch"]
    if name == _NAVIGATION:
        return [sys.executable, plain, browser, "navigate"]
    return [_crawlees_python(), str(_HERE / "peers/crawlee/read.py"), browser]


def _crawlees_python() -> str:
    """crawlee lives in an environment of its own, which is made when it is missing or its pins have changed."""
    home, pins = _INSTALLED / "crawlee", _HERE / "peers/crawlee/requirements.txt"
    made = home / "made-from.txt"
    if not made.exists() or made.read_text() != pins.read_text():
        print(f"making {home}", file=sys.stderr)
        subprocess.run([_UV, "venv", "-q", "--clear", "--python", sys.executable, home], check=True)
        subprocess.run([_UV, "pip", "install", "-q", "--python", home / "bin/python", "-r", pins], check=True)
        made.write_text(pins.read_text())
    return str(home / "bin/python")


async def _measure(reader: Reader, house: House, slug: str, size: int) -> Run:
    served, cpu = await house.site.served(), cpu_seconds(*reader.pids)
    seconds = await reader.read(slug)
    rows = await reader.rest()
    if rows != size:
        raise SystemExit(f"{reader.name} read {rows} of {size} rows.")
    after = await house.site.served()
    return Run(seconds, cpu_seconds(*reader.pids) - cpu, after.since(served))


async def _contest(given: argparse.Namespace) -> None:
    browser = str(load().browser_path or find_shell("") or find_full(""))
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(opened(has_token=given.tmdb))
        await house.start_api()
        await house.start_worker(slots=1)
        peers = [_peer(name, house, _command(name, browser)) for name in given.against]
        readers = [Watchsync(house), *[await stack.enter_async_context(peer) for peer in peers]]
        await _warm_up(readers, house, given.sizes)
        for latency in given.latencies:
            for size in given.sizes:
                runs = await _runs(readers, house, size, latency, given.runs)
                print(f"\n{size:,} titles, {latency * 1000:.0f} ms at the site, {given.runs} runs each\n")
                print(_table(runs, markdown=given.markdown), flush=True)


async def _warm_up(readers: Iterable[Reader], house: House, sizes: Iterable[int]) -> None:
    """Each has read lists before, and no title is new to the cache of TMDB's answers."""
    for size in sorted(sizes):
        await house.site.make(size)
        for reader in readers:
            await _measure(reader, house, house.new_slug(size), size)


async def _runs(readers: Sequence[Reader], house: House, size: int, latency: float, count: int) -> dict[str, list[Run]]:
    """Everybody reads the same list in turn, and another one begins each time."""
    found: dict[str, list[Run]] = defaultdict(list)
    await house.site.make(size)
    await house.site.delay(latency)
    for number in range(count):
        slug, first = house.new_slug(size), number % len(readers)
        for reader in [*readers[first:], *readers[:first]]:
            found[reader.name].append(await _measure(reader, house, slug, size))
    await house.site.delay(0)
    return {reader.name: found[reader.name] for reader in readers}


def _table(runs: dict[str, list[Run]], *, markdown: bool) -> str:
    own = median(run.seconds for run in runs[_WATCHSYNC])
    rows = []
    for name, done in runs.items():
        seconds = sorted(run.seconds for run in done)
        middle = median(seconds)
        rows.append(
            (
                name,
                f"{middle * 1000:,.0f}",
                f"{seconds[0] * 1000:,.0f} to {seconds[-1] * 1000:,.0f}",
                f"{own / middle:.2f}",
                f"{median(run.cpu_seconds for run in done):.2f}",
                f"{median(run.served.requests for run in done):,.0f}",
                f"{median(run.served.body_bytes for run in done):,.0f}",
            )
        )
    head = ("", "wall ms", "least to most", "watchsync / it", "CPU s", "requests", "bytes")
    return shown(head, rows, markdown=markdown)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_numbers(int), default=[250, 1_179, 12_000], help="titles, comma separated")
    parser.add_argument("--latencies", type=_numbers(float), default=[0.0, 0.3], help="seconds, comma separated")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=_names, default=[_BOUND, _NAVIGATION, _CRAWLEE], help="of a, b and c")
    parser.add_argument("--tmdb", action="store_true", help="with a token, all titles known to the cache")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="250 titles once, against the bound")
    given = parser.parse_args()
    if given.smoke:
        given.sizes, given.latencies, given.runs, given.against = [250], [0.0], 1, [_BOUND]
    return given


def _numbers(kind: Callable[[str], float]) -> Callable[[str], list[float]]:
    return lambda text: [kind(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    by_letter = {"a": _BOUND, "b": _NAVIGATION, "c": _CRAWLEE}
    return [by_letter[part] for part in text.split(",")]


if __name__ == "__main__":
    asyncio.run(_contest(_given()))
