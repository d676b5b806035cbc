"""Does a worker stay as it was? Thousands of syncs, with or without a browser that is killed all the time."""

import argparse
import asyncio
import csv
import random
import sys
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Self

import psutil

from house import PAGE_TITLES, House, Worker, must_complete, opened
from table import shown
from tree import Curve, Sample, adopt_orphans, browsers, remains
from watchsync.job import Job, JobState

_MIB = 1 << 20
_COMPLETED = 'watchsync_attempts_total{outcome="completed"}'
_BARS = "▁▂▃▄▅▆▇█"
_MOST_CHANGE = 0.10
_ROWS = 10
_SPARKS = 80


class Killer:
    """Kills a random process of the browser every few seconds, while inside."""

    def __init__(self, worker: Worker, seed: int, every_seconds: float) -> None:
        self.struck: Counter[str] = Counter()
        self._worker = worker
        self._rng = random.Random(seed)
        self._every_seconds = every_seconds

    async def __aenter__(self) -> Self:
        self._killing = asyncio.create_task(self._kill())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._killing.cancel()

    async def _kill(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * self._every_seconds)
            if found := browsers(self._worker.pid):
                self._strike(self._rng.choice(found))

    def _strike(self, process: psutil.Process) -> None:
        with suppress(psutil.Error):
            kinds = [part.partition("=")[2] for part in process.cmdline() if part.startswith("--type=")]
            process.kill()
            self.struck[kinds[0] if kinds else "browser"] += 1


async def _soak(given: argparse.Namespace) -> int:
    adopt_orphans()
    async with opened() as house:
        worker = await house.start_worker(slots=given.slots, is_observed=True)
        await house.warm_up(2 * given.slots)
        adopted = _Adopted(house)
        started = perf_counter()
        async with Curve(worker.pid, lambda: _progress(worker, adopted)) as curve:
            if given.kill:
                print(f"a browser process is killed about every {given.kill_every:g} s, seed {given.seed}")
                async with Killer(worker, given.seed, given.kill_every) as killer:
                    jobs = await house.sync_all(house.new_slug(PAGE_TITLES) for _ in range(given.syncs))
                print(f"killed: {killer.struck.total()} ({_words(killer.struck)})")
            else:
                jobs = await house.sync_all(house.new_slug(PAGE_TITLES) for _ in range(given.syncs))
        seconds = perf_counter() - started
        attempts = Counter(job.attempts for job in jobs)
        failed = Counter(job.error.code if job.error else str(job.state) for job in jobs if _is_lost(job))
        completed = len(jobs) - failed.total()
        print(
            f"{completed:,} of {len(jobs):,} syncs of {PAGE_TITLES} titles completed in {seconds:.0f} s",
            end=", ",
        )
        print(f"{60 * len(jobs) / seconds:.0f} a minute, {given.slots} at once; attempts needed: {_words(attempts)}")
        print(f"not completed: {_words(failed)}")
        has_all = await _has_all_slots(house, worker, given.slots)
        restarts = await worker.metric("watchsync_browser_restarts_total")
        lag = await worker.stop()
        await asyncio.sleep(0.5)
        left = adopted.look()
    print(f"slots at the end: {'all' if has_all else 'SOME ARE LOST'}; browsers replaced: {restarts:.0f}")
    print(f"processes that outlived the worker: {', '.join(left) or 'none'}; left to PID 1 to reap: {adopted.unreaped}")
    print(
        f"event loop late by (ms): p50 {lag['p50']:.1f}, p99 {lag['p99']:.1f}, p99.9 {lag['p999']:.1f}, "
        f"max {lag['max']:.0f}, of {lag['samples']:,} looks"
    )
    if given.csv:
        _write(given.csv, curve.samples)
    is_flat = _tell_memory(curve.samples, given)
    return 0 if has_all and not failed and not left and is_flat else 1


def _is_lost(job: Job) -> bool:
    return job.state is not JobState.COMPLETED


class _Adopted:
    """Processes that lost their parent."""

    def __init__(self, house: House) -> None:
        self._own = {child.pid for child in psutil.Process().children()}
        self.unreaped = 0

    def look(self) -> tuple[str, ...]:
        """Reap those that have ended; answers the names of the others."""
        found = remains(*self._own)
        self.unreaped += found.unreaped
        return found.running


async def _progress(worker: Worker, adopted: _Adopted) -> float:
    adopted.look()
    return await worker.metric(_COMPLETED)


async def _has_all_slots(house: House, worker: Worker, slots: int) -> bool:
    """Whether as many lists as at the start can be read at once, and all slots come back."""
    await house.site.delay(2)
    most = 0.0
    async with asyncio.TaskGroup() as group:
        jobs = group.create_task(house.sync_all([house.new_slug(PAGE_TITLES) for _ in range(slots)]))
        while not jobs.done():
            most = max(most, await worker.metric("watchsync_browser_contexts"))
            await asyncio.sleep(0.05)
    must_complete(jobs.result())
    await asyncio.sleep(0.5)
    return most == slots and await worker.metric("watchsync_browser_contexts") == 0


def _tell_memory(samples: list[Sample], given: argparse.Namespace) -> bool:
    """Print the curve; answer whether its end is like its beginning, unless it is too short to tell."""
    last = samples[-1].done
    settle = min(given.settle, last // 3)
    edges = [last * step // _ROWS for step in range(_ROWS + 1)]
    rows = []
    for low, high in pairwise(edges):
        found = [sample for sample in samples if low <= sample.done < high] or samples[-1:]
        used = [sample.pss_bytes for sample in found]
        rows.append(
            (f"{low:,} to {high:,}", f"{median(used) / _MIB:.0f}", f"{max(used) / _MIB:.0f}", found[-1].processes)
        )
    head = ("syncs", "MiB median", "MiB peak", "processes")
    print(f"\n{shown(head, rows, markdown=given.markdown)}\n{_sparks(samples)}")
    after_the_first = [sample.pss_bytes for sample in samples if settle <= sample.done <= 2 * settle]
    early = median(after_the_first or [samples[0].pss_bytes])  # a short run may pass between two looks
    late = median(sample.pss_bytes for sample in samples if sample.done >= last - settle)
    print(
        f"median of the {settle} syncs after the first {settle}: {early / _MIB:.0f} MiB, "
        f"of the last {settle}: {late / _MIB:.0f} MiB, ratio {late / early:.3f}"
    )
    return last < 3 * given.settle or abs(late / early - 1) < _MOST_CHANGE


def _sparks(samples: list[Sample]) -> str:
    step = max(1, len(samples) // _SPARKS)
    used = [max(sample.pss_bytes for sample in samples[start : start + step]) for start in range(0, len(samples), step)]
    top = max(used)
    return "".join(_BARS[round(each / top * (len(_BARS) - 1))] for each in used)


def _write(path: Path, samples: list[Sample]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("seconds", "syncs", "pss_bytes", "processes"))
        writer.writerows((f"{each.seconds:.2f}", each.done, each.pss_bytes, each.processes) for each in samples)


def _words(counts: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items(), key=str)) or "none"


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--syncs", type=int, default=2_000)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--settle", type=int, default=200, help="syncs before memory counts, and in each window")
    parser.add_argument("--kill", action="store_true", help="kill a random process of the browser every few seconds")
    parser.add_argument("--kill-every", type=float, default=4.0, help="seconds, on average")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--csv", type=Path, help="where to write the memory curve")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="6 syncs")
    given = parser.parse_args()
    if given.smoke:
        given.syncs = 6
    return given


if __name__ == "__main__":
    sys.exit(asyncio.run(_soak(_given())))
