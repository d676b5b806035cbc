"""How many lists at once should a worker read? Throughput and memory at each number of slots."""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from house import must_complete, opened
from table import shown
from tree import Curve, cpu_seconds

_TITLES = 1_179


@dataclass(frozen=True)
class Found:
    """What one number of slots brings and costs."""

    slots: int
    lists_a_minute: float
    cpu_seconds_a_list: float
    median_bytes: float
    peak_bytes: int


async def _measure(slots: int, lists: int, latency: float) -> Found:
    async with opened() as house:
        worker = await house.start_worker(slots=slots)
        await house.warm_up(2 * slots, _TITLES)
        await house.site.delay(latency)
        cpu, started = cpu_seconds(worker.pid), perf_counter()
        async with Curve(worker.pid, lambda: worker.metric("watchsync_attempts_total"), every_seconds=0.5) as curve:
            must_complete(await house.sync_all(house.new_slug(_TITLES) for _ in range(lists)))
            seconds = perf_counter() - started
        used = (cpu_seconds(worker.pid) - cpu) / lists
        return Found(slots, 60 * lists / seconds, used, curve.median_bytes, curve.peak_bytes)


async def _compare(given: argparse.Namespace) -> None:
    for latency in given.latencies:
        found = [await _measure(slots, given.lists, latency) for slots in given.slots]
        print(f"\n{given.lists} lists of {_TITLES:,} titles, {latency * 1000:.0f} ms at the site\n")
        print(_table(found, markdown=given.markdown), flush=True)


def _table(found: list[Found], *, markdown: bool) -> str:
    first = found[0]
    rows = [
        (
            each.slots,
            f"{each.lists_a_minute:.0f}",
            f"{each.lists_a_minute / first.lists_a_minute:.2f}",
            f"{each.cpu_seconds_a_list:.2f}",
            f"{each.median_bytes / (1 << 20):.0f}",
            f"{each.peak_bytes / (1 << 20):.0f}",
            f"{each.peak_bytes / first.peak_bytes:.2f}",
        )
        for each in found
    ]
    head = (
        "slots",
        "lists/min",
        f"/ {first.slots} slot",
        "CPU s/list",
        "MiB median",
        "MiB peak",
        f"/ {first.slots} slot",
    )
    return shown(head, rows, markdown=markdown)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=_numbers(int), default=[1, 2, 4], help="comma separated")
    parser.add_argument("--latencies", type=_numbers(float), default=[0.0, 0.3], help="seconds, comma separated")
    parser.add_argument("--lists", type=int, default=40, help="how many to read")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="2 lists at 1 slot")
    given = parser.parse_args()
    if given.smoke:
        given.slots, given.latencies, given.lists = [1], [0.0], 2
    return given


def _numbers(kind: Callable[[str], float]) -> Callable[[str], list[float]]:
    return lambda text: [kind(part) for part in text.split(",")]


if __name__ == "__main__":
    asyncio.run(_compare(_given()))
