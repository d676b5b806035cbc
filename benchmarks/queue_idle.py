"""What does waiting cost? Commands that an idle worker of each queue sends, and watchsync's idle API.

Each has a Redis of its own and all are counted side by side. A figure for an hour or a day is scaled from the window.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import table
from contest import WATCHSYNC, Contestant, chosen
from server import serving

_SETTLE_SECONDS = 10.0
"""From the moment at which it is up until the counting begins."""
_HEAD = ("idle", "commands sent", "an hour", "a day", "with those inside scripts, a day", "which")
Idler = Callable[[str], AbstractContextManager[object]]


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--only", help="folders of benchmarks/peers, comma separated")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="five seconds, no peers")
    options = parser.parse_args()
    if options.smoke:
        options.seconds, options.only = 5.0, options.only or "watchsync"
    idlers = dict(_idlers(options.only))
    with ThreadPoolExecutor(len(idlers)) as threads:
        running = {name: threads.submit(_counted, idler, options.seconds) for name, idler in idlers.items()}
        counts = {name: each.result() for name, each in running.items()}
    rows = [_row(name, *count, options.seconds) for name, count in counts.items()]
    print(f"counted for {options.seconds:g} seconds, from {_SETTLE_SECONDS:g} seconds after it was up")
    print(table.shown(_HEAD, rows, markdown=options.markdown))
    ours = f"{WATCHSYNC.name} worker"
    for name, (sent, _) in counts.items():
        if name != ours and ours in counts:
            print(f"ratio: {name} sends {sent.total() / max(counts[ours][0].total(), 1):.1f} times what {ours} does")


def _idlers(only: str | None) -> Iterator[tuple[str, Idler]]:
    for each in chosen(only):
        if each.folder.startswith("bound"):
            continue
        each.python()
        yield f"{each.name} worker", _worker(each)
        if each is WATCHSYNC:
            yield "watchsync api, the whole process", _api


def _worker(each: Contestant) -> Idler:
    """A worker that has done one job, and so is surely up."""

    @contextmanager
    def idler(url: str) -> Iterator[None]:
        with each.worker(url) as worker:
            each.run("enqueue", url)
            worker.started()
            yield

    return idler


@contextmanager
def _api(url: str) -> Iterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"WATCHSYNC_REDIS_URL": url, "WATCHSYNC_PORT": str(port), "WATCHSYNC_LOG_LEVEL": "warning"}
    command = [str(Path(sys.executable).parent / "watchsync"), "api"]
    process = subprocess.Popen(command, env={**os.environ, **own})
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/livez", process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            with urllib.request.urlopen(url):
                return
        except urllib.error.URLError:
            if process.poll() is not None:
                raise SystemExit("the API died at its start") from None
            time.sleep(0.1)


def _counted(idler: Idler, seconds: float) -> tuple[Counter[str], Counter[str]]:
    with serving() as server, idler(server.url):
        time.sleep(_SETTLE_SECONDS)
        with server.counting() as count:
            time.sleep(seconds)
    return count.sent, count.inside


def _row(name: str, sent: Counter[str], inside: Counter[str], seconds: float) -> tuple[object, ...]:
    hourly = sent.total() * 3600 / seconds
    whole = (sent.total() + inside.total()) * 86_400 / seconds
    which = ", ".join(f"{count} {command}" for command, count in sent.most_common(4))
    return name, sent.total(), round(hourly), round(hourly * 24), round(whole), which


if __name__ == "__main__":
    main()
