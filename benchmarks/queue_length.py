"""Does a job cost the same however many wait? Submit, take and settle at 10 and at a million waiting jobs, in one run.

Counted: every command, those inside scripts among them. Timed: by Redis itself, and by the caller.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

from ulid import ULID

import table
from server import Server, serving
from watchsync.job import Completed, Delivery, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.consumer import Consumer, Settlement
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect
from watchsync.refs import ListKind, ListRef

_FEW = 10
_BATCH = 500
_HEAD = ("one job", "jobs waiting", "commands", "Redis µs", "caller µs, p50")


class Bench:
    """One queue of which the length is known, and one consumer."""

    def __init__(self, server: Server, queue: Queue, consumer: Consumer) -> None:
        self._server = server
        self._queue = queue
        self._consumer = consumer
        self._jobs = 0
        self._taken: list[Delivery] = []

    async def fill(self, count: int) -> float:
        """Put in jobs, each of a list of its own; answer the seconds."""
        began = perf_counter()
        for at in range(0, count, _BATCH):
            await asyncio.gather(*(self._queue.producer.submit(self._new()) for _ in range(min(_BATCH, count - at))))
        return perf_counter() - began

    async def measure(self, samples: int) -> dict[str, tuple[float, float, float]]:
        """Submit, take and settle so many jobs one at a time; the queue is as long afterwards as before."""
        steps = {"submit": self._submit, "take": self._take, "settle": self._settle}
        return {name: await self._step(step, samples) for name, step in steps.items()}

    async def _step(self, step: Callable[[], Awaitable[object]], samples: int) -> tuple[float, float, float]:
        self._server.client.config_resetstat()
        waits = []
        for _ in range(samples):
            began = perf_counter()
            await step()
            waits.append(perf_counter() - began)
        stats = {name: stat for name, stat in self._server.commandstats().items() if not name.startswith("config")}
        calls = sum(stat["calls"] for stat in stats.values())
        return calls / samples, stats["evalsha"]["usec"] / samples, median(waits) * 1e6

    async def _submit(self) -> None:
        await self._queue.producer.submit(self._new())

    async def _take(self) -> None:
        self._taken.extend((await self._consumer.settle_and_take((), 1, {})).deliveries)

    async def _settle(self) -> None:
        await self._consumer.settle_and_take([Settlement(self._taken.pop(), Completed())], 0, {})

    def _new(self) -> NewJob:
        self._jobs += 1
        return NewJob(id=str(ULID()), ref=ListRef(ListKind.LIST, f"ls{self._jobs:09}"))


async def _run(server: Server, options: argparse.Namespace) -> None:
    client: Any = connect(server.url)
    metrics = Metrics()
    queue = Queue.on(client, metrics)
    bench = Bench(server, queue, Consumer(client, metrics, consumer="bench", lease_seconds=300, max_attempts=3))
    await bench.fill(_FEW)
    await bench.measure(50)  # scripts, connections and caches are warm from here on
    few = await bench.measure(options.samples)
    seconds = await bench.fill(options.waiting - _FEW)
    many = await bench.measure(options.samples)
    await client.aclose()
    print(f"Redis {server.version}, medians of {options.samples}; {options.waiting - _FEW:,} jobs in {seconds:.0f} s")
    rows = [
        (name, waiting, *figures[name]) for name in few for waiting, figures in ((_FEW, few), (options.waiting, many))
    ]
    print(table.shown(_HEAD, rows, markdown=options.markdown))
    for name in few:
        commands, server_time, wait = (there / here for here, there in zip(few[name], many[name], strict=True))
        print(
            f"ratio: {name} at {options.waiting:,} waiting jobs: {commands:.2f} times the commands, "
            f"{server_time:.2f} times Redis's time, {wait:.2f} times the caller's"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="a second: a thousand jobs")
    options = parser.parse_args()
    if options.smoke:
        options.waiting, options.samples = 1_000, 20
    with serving() as server:
        asyncio.run(_run(server, options))


if __name__ == "__main__":
    main()
