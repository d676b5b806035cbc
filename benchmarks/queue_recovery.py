"""A worker is killed, or paused, in the middle of a job: when does another run it, and what does the paused one do?

Two workers wait; whoever starts the job gets the signal. Every queue is told that a silent worker may lose its job
after the given lease, in its own terms. Each has a Redis of its own; all wait side by side.
"""

import argparse
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import table
from contest import WATCHSYNC, Contestant, WorkerProcess, chosen
from server import Server, serving

_HEAD_KILLED = ("queue", "lease s", "after SIGKILL the job runs again after s", "of the lease")
_HEAD_PAUSED = ("queue", "lease s", "the paused worker, awake again", "starts of the job")
_LONG_SECONDS = 3_600.0
_SHORT_SECONDS = 2.0
_AFTER_TRAFFIC_SECONDS = 15.0
_LISTEN_SECONDS = 10.0


class Pair:
    """Two idle workers of one queue on a Redis of their own."""

    def __init__(self, each: Contestant, server: Server, workers: dict[str, WorkerProcess], lease: float) -> None:
        self._each = each
        self._server = server
        self._workers = workers
        self._lease = lease
        self.starts = 0

    def put(self, number: int) -> None:
        """Put in one job."""
        self._each.run("enqueue", self._server.url, first=number, lease_seconds=self._lease)

    def started(self, number: int, seconds: float, *, beside: str = "") -> tuple[str, float] | None:
        """Who starts the job within so many seconds, and when; ``beside`` names one who does not count."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            for name, worker in self._workers.items():
                told = worker.started(0.05)
                if told and told["started"] == number:
                    self.starts += 1
                    if name != beside:
                        return name, told["at"]
        return None

    def send(self, name: str, number: signal.Signals) -> None:
        """Send one of the two a signal."""
        self._workers[name].send(number)

    def result(self, number: int) -> str | None:
        """What the job has left: the name of a worker."""
        found: str | None = self._each.run("result", self._server.url, first=number)["result"]
        return found


@contextmanager
def _pair(each: Contestant, lease: float, hold_seconds: float) -> Iterator[Pair]:
    settings = {"lease_seconds": lease, "hold_seconds": hold_seconds, "concurrency": 4}
    with (
        serving() as server,
        each.worker(server.url, name="first", **settings) as first,
        each.worker(server.url, name="second", **settings) as second,
    ):
        pair = Pair(each, server, {"first": first, "second": second}, lease)
        time.sleep(5)  # both have connected
        yield pair


def _killed(each: Contestant, lease: float, bound: float) -> tuple[object, ...]:
    """A job that takes long is running on one of two workers, and that one is killed."""
    with _pair(each, lease, _LONG_SECONDS) as pair:
        pair.put(1)
        begun = pair.started(1, 30)
        if not begun:
            return each.name, lease, "it never started", None
        time.sleep(1)
        pair.send(begun[0], signal.SIGKILL)
        died = time.perf_counter()
        again = pair.started(1, bound, beside=begun[0])
        if again:
            return each.name, lease, round(again[1] - died, 1), (again[1] - died) / lease
        pair.put(2)
        later = pair.started(1, _AFTER_TRAFFIC_SECONDS, beside=begun[0])
        told = ", but with the next job put in" if later else f", nor {_AFTER_TRAFFIC_SECONDS:g} s after another job"
        return each.name, lease, f"not within {bound:g}{told}", None


def _paused(each: Contestant, lease: float, bound: float) -> tuple[object, ...]:
    """A worker is paused in a job past its lease; another does the job; then the first one wakes up."""
    with _pair(each, lease, _SHORT_SECONDS) as pair:
        pair.put(1)
        begun = pair.started(1, 30)
        if not begun:
            return each.name, lease, "it never started", None
        pair.send(begun[0], signal.SIGSTOP)
        again = pair.started(1, bound, beside=begun[0])
        if not again:
            pair.put(2)
            again = pair.started(1, _AFTER_TRAFFIC_SECONDS, beside=begun[0])
        if not again:
            return each.name, lease, f"nobody ran its job within {bound:g} s", pair.starts
        pair.started(1, _SHORT_SECONDS + 2)
        before = pair.result(1)
        pair.send(begun[0], signal.SIGCONT)
        pair.started(1, _LISTEN_SECONDS, beside="nobody")
        after = pair.result(1)
        return each.name, lease, _told(begun[0], again[0], before, after), pair.starts


def _told(paused: str, other: str, before: str | None, after: str | None) -> str:
    if before == other and after == other:
        return "is refused: the other's result stays"
    if before == other and after == paused:
        return "overwrites the other's result"
    names = {paused: "its own", other: "the other's", None: "none"}
    return f"result before: {names.get(before, before)}, after: {names.get(after, after)}"


def main() -> None:
    """Kill, pause, wait and print."""
    options = _parsed()
    queues = [each for each in chosen(options.only) if not each.folder.startswith("bound")]
    for each in queues:
        each.python()
    leases = [float(part) for part in options.leases.split(",")]
    with ThreadPoolExecutor(options.side_by_side) as threads:
        killed = [
            threads.submit(_killed, each, lease, lease * 2 + options.patience) for each in queues for lease in leases
        ]
        paused = [threads.submit(_paused, each, leases[-1], leases[-1] * 2 + options.patience) for each in queues]
        print(table.shown(_HEAD_KILLED, [each.result() for each in killed], markdown=options.markdown))
        print(f"\n{table.shown(_HEAD_PAUSED, [each.result() for each in paused], markdown=options.markdown)}")
    ours = {row[1]: row[3] for row in (each.result() for each in killed) if row[0] == WATCHSYNC.name}
    for lease, ratio in ours.items():
        if ratio:
            print(f"ratio: with a lease of {lease:g} s watchsync runs the job again after {ratio:.2f} times the lease")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leases", default="30,5", help="seconds, comma separated; the last one for the paused worker")
    parser.add_argument("--patience", type=float, default=40, help="wait for twice the lease and so many seconds")
    parser.add_argument("--only", help="folders of benchmarks/peers, comma separated")
    parser.add_argument("--side-by-side", type=int, default=6)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="half a minute: watchsync alone with a lease of 2 s")
    options = parser.parse_args()
    if options.smoke:
        options.leases, options.only = "2", options.only or "watchsync"
    return options


if __name__ == "__main__":
    main()
