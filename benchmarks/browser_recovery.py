"""How soon is the next page served after the browser was killed, its driver died, or it froze?

At each strike the worker's only slot is in the middle of a long list. The time runs until the worker has counted the
fault and then read a page: a new browser was started and the list is read again. Without a strike another list, one
page long, is read instead once the long one is cancelled.
"""

import argparse
import asyncio
import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

import psutil

from house import PAGE_TITLES, House, Worker, must_complete, opened
from table import shown
from tree import busy_driver, main_process
from watchsync.browser.chromium import Deadlines
from watchsync.errors import WatchsyncError
from watchsync.job import JobState

_LONG = 12_000
_LATENCY_SECONDS = 0.05
_RESTARTS = "watchsync_browser_restarts_total"
_PAGES = "watchsync_pages_total"


@dataclass(frozen=True)
class Fault:
    """One way to strike, and how soon all must be well again."""

    name: str
    strike: Callable[[psutil.Process], None]
    """What is done to the driver of a browser, or to the browser below it."""
    aim_seconds: float


def _kill_browser(driver: psutil.Process) -> None:
    main_process(driver).kill()


def _kill_driver(driver: psutil.Process) -> None:
    driver.kill()


def _freeze_browser(driver: psutil.Process) -> None:
    os.killpg(os.getpgid(main_process(driver).pid), signal.SIGSTOP)


_FAULTS = {
    "kill": Fault("kill -9 of the browser", _kill_browser, 1.5),
    "driver": Fault("kill -9 of the driver", _kill_driver, 2.0),
    "freeze": Fault("SIGSTOP of the browser", _freeze_browser, Deadlines().freeze + 1.5),
}


async def _recover(given: argparse.Namespace) -> None:
    rng = random.Random(given.seed)
    rows = []
    async with opened() as house:
        worker = await house.start_worker(slots=1)
        await house.warm_up(2, _LONG)
        await house.warm_up(1)
        usual = [await _interrupted(house, worker, rng, None) for _ in range(given.baseline)]
        for name in given.faults:
            count = given.freezes if name == "freeze" else given.strikes
            found = [await _interrupted(house, worker, rng, _FAULTS[name]) for _ in range(count)]
            rows.append(_row(_FAULTS[name], sorted(found), usual))
    print(f"seed {given.seed}; without a strike the short list takes {1000 * _middle(sorted(usual)):.0f} ms\n")
    head = ("strike", "strikes", "p50 s", "p95 s", "most s", "aim s", "p95 / aim", "p50 / no strike")
    print(shown(head, rows, markdown=given.markdown))


async def _interrupted(house: House, worker: Worker, rng: random.Random, fault: Fault | None) -> float:
    """Interrupt a long list in its middle; the seconds until the next page is read."""
    await house.site.delay(_LATENCY_SECONDS)
    long = await house.submit(house.new_slug(_LONG))
    before = await house.site.served()
    pages = rng.randrange(3, 12)
    while (await house.site.served()).since(before).requests < pages:
        await asyncio.sleep(0.01)
    target = busy_driver(worker.pid)
    restarts = await worker.metric(_RESTARTS)
    await house.site.delay(0)
    started = perf_counter()
    if fault is None:
        short = await house.submit(house.new_slug(PAGE_TITLES))
        await house.queue.producer.cancel(long)
        must_complete([await house.finished(short)])
    else:
        fault.strike(target)
        await _more(worker, _RESTARTS, restarts)
        await _more(worker, _PAGES, await worker.metric(_PAGES))
    seconds = perf_counter() - started
    await _end(house, long)
    return seconds


async def _more(worker: Worker, name: str, than: float) -> None:
    while await worker.metric(name) <= than:
        await asyncio.sleep(0.01)


async def _end(house: House, job_id: str) -> None:
    """Nothing of this strike may run into the next one."""
    with suppress(WatchsyncError):
        await house.queue.producer.cancel(job_id)
    while (await house.queue.gauges.depth()).running:
        await asyncio.sleep(0.05)
    job = await house.queue.lookup.get(job_id)
    if job.state not in {JobState.CANCELLED, JobState.COMPLETED}:
        raise SystemExit(f"The interrupted sync ended as {job.state}: {job.error}")


def _row(fault: Fault, seconds: list[float], usual: list[float]) -> tuple[object, ...]:
    late = seconds[min(len(seconds) - 1, -(-95 * len(seconds) // 100) - 1)]
    middle = _middle(seconds)
    return (
        fault.name,
        len(seconds),
        f"{middle:.2f}",
        f"{late:.2f}",
        f"{seconds[-1]:.2f}",
        f"{fault.aim_seconds:.1f}",
        f"{late / fault.aim_seconds:.2f}",
        f"{middle / _middle(sorted(usual)):.1f}",
    )


def _middle(ordered: list[float]) -> float:
    return ordered[len(ordered) // 2]


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=lambda text: text.split(","), default=list(_FAULTS), help="kill,driver,freeze")
    parser.add_argument("--strikes", type=int, default=20)
    parser.add_argument("--freezes", type=int, default=6, help="each takes as long as two heartbeats")
    parser.add_argument("--baseline", type=int, default=5, help="rounds without a strike")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="the browser killed once")
    given = parser.parse_args()
    if given.smoke:
        given.faults, given.strikes, given.baseline = ["kill"], 1, 1
    return given


if __name__ == "__main__":
    asyncio.run(_recover(_given()))
