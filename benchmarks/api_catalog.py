"""How many catalog pages a second does one core answer, beside a bare handler that returns the same bytes?

Both servers run on one core, `wrk` on another: 32 connections ask for the same page of 100 titles in turns of some
seconds, the bare handler before and after ours. `python benchmarks/api_catalog.py --seconds 5`.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from aiohttp import web
from redis.asyncio import Redis

from server import serving
from watchsync.catalog.store import SnapshotStore
from watchsync.refs import ListRef
from watchsync.snapshot import Completeness, Reading, Snapshot
from watchsync.titles import Kind, Title

REF = ListRef.parse("ur12345678")
_SERVER_CORE, _LOAD_CORE = 0, 1


def snapshot(count: int) -> Snapshot:
    """A list of titles with all facts, as TMDB and IMDb give them."""
    titles = tuple(
        Title(
            id=f"tt{number:07}",
            kind=Kind.MOVIE,
            name=f"The Long Way Home, Part {number}",
            position=number,
            year=1950 + number % 75,
            rating=5 + number % 50 / 10,
            votes=number * 37,
            genres=("Drama", "Thriller"),
            runtime_seconds=5400 + number,
            overview="Two sisters find a letter in a house that nobody has entered for thirty years. " * 3,
            tmdb_poster=f"/{number:032x}.jpg",
            tmdb_backdrop=f"/{number:032x}.jpg",
        )
        for number in range(1, count + 1)
    )
    now = datetime.now(UTC)
    reading = Reading(ref=REF, titles=titles, total=count, rows=count)
    return Snapshot(reading=reading, fetched_at=now, completeness=Completeness.COMPLETE, read_in_full_at=now)


async def _store(url: str, count: int) -> None:
    client = Redis.from_url(url)
    for write in await SnapshotStore(client).writes(snapshot(count)):  # type: ignore[arg-type]
        await client.set(write.key, write.value)
    await client.aclose()


async def _bare(path: str, port: int) -> None:
    body = await asyncio.to_thread(Path(path).read_bytes)

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{rest:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


@contextmanager
def _pinned(command: list[str], address: str, **environment: str) -> Iterator[int]:
    process = subprocess.Popen(
        ["taskset", "-c", str(_SERVER_CORE), *command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(address, timeout=5)
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _pages_a_second(address: str, seconds: int, *headers: str) -> tuple[float, float]:
    """Requests a second and the 99th percentile of their latency in ms."""
    command = ["taskset", "-c", str(_LOAD_CORE), "wrk", "-t1", "-c32", f"-d{seconds}s", "--latency"]
    command += [part for header in headers for part in ("-H", header)]
    told = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told and "If-None-Match" not in str(headers):
        raise SystemExit(told)
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", told).groups()  # type: ignore[union-attr]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1]), float(value) * {"us": 0.001, "ms": 1, "s": 1000}[
        unit
    ]  # type: ignore[index]


def main() -> None:
    """Run the turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--titles", type=int, default=250)
    parser.add_argument("--bare", nargs=2, metavar=("BODY", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_bare(options.bare[0], int(options.bare[1])))
        return
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with serving() as redis:
        asyncio.run(_store(redis.url, options.titles))
        ours = f"http://127.0.0.1:18471/{REF}/catalog/movie/{REF}-movies.json"
        command = [sys.executable, "-m", "watchsync", "api"]
        with _pinned(command, ours, WATCHSYNC_REDIS_URL=redis.url, WATCHSYNC_PORT="18471"):
            body = Path(f"/tmp/ws-bench-{os.getpid()}.json")
            body.write_bytes(urllib.request.urlopen(ours).read())
            etag = urllib.request.urlopen(ours).headers["ETag"]
            bare = "http://127.0.0.1:18472/"
            with _pinned([sys.executable, __file__, "--bare", str(body), "18472"], bare):
                _compare(ours, bare, etag, body.stat().st_size, options.seconds)
            body.unlink()


def _compare(ours: str, bare: str, etag: str, size: int, seconds: int) -> None:
    before, _ = _pages_a_second(bare, seconds)
    found = {
        "page": _pages_a_second(ours, seconds),
        "page, br": _pages_a_second(ours, seconds, "Accept-Encoding: br"),
        "304": _pages_a_second(ours, seconds, f"If-None-Match: {etag}"),
    }
    after, _ = _pages_a_second(bare, seconds)
    base = max(before, after)
    print(f"{size} bytes a page; bare handler {before:,.0f} and {after:,.0f} pages a second")
    print("| answer | pages a second | of the bare handler | p99 |\n|---|---|---|---|")
    for name, (rate, p99) in found.items():
        print(f"| {name} | {rate:,.0f} | {rate / base:.2f} | {p99:.1f} ms |")


if __name__ == "__main__":
    main()
