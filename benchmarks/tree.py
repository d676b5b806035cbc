"""What does a process cost with all its descendants: memory, processor time, and who is left behind?"""

import asyncio
import ctypes
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Self

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_BUSY_SECONDS = 0.1


def family(pid: int) -> list[psutil.Process]:
    """A process and all its descendants, the ended ones that nobody has reaped yet among them."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def pss_bytes(*pids: int) -> int:
    """Proportional set size of whole families; what they share with others counts by its share."""
    return sum(_pss(process.pid) for pid in pids for process in family(pid))


def cpu_seconds(*pids: int) -> float:
    """Processor time of whole families until now, with that of children who ended and were reaped."""
    return sum(_cpu(process) for pid in pids for process in family(pid))


def drivers(pid: int) -> list[psutil.Process]:
    """Playwright's drivers below a worker, one for each browser that it has."""
    return [process for process in family(pid) if _is_driver(process)]


def browsers(pid: int) -> list[psutil.Process]:
    """All processes of all browsers below a worker, without the drivers."""
    return [process for driver in drivers(pid) for process in family(driver.pid)[1:]]


def busy_driver(pid: int) -> psutil.Process:
    """The driver of the browser that works at this moment; a worker may keep another one ready."""
    before = {driver: cpu_seconds(driver.pid) for driver in drivers(pid)}
    if len(before) > 1:
        sleep(_BUSY_SECONDS)
    return max(before, key=lambda driver: cpu_seconds(driver.pid) - before[driver])


def main_process(driver: psutil.Process) -> psutil.Process:
    """The browser's own first process; all others descend from it."""
    return driver.children()[0]


@dataclass(frozen=True)
class Sample:
    """How a family was at one moment."""

    seconds: float
    done: int
    """Syncs completed until then."""
    pss_bytes: int
    processes: int


class Curve:
    """Samples of a family's memory, taken while inside."""

    def __init__(self, pid: int, done: Callable[[], Awaitable[float]], *, every_seconds: float = 1.0) -> None:
        self.samples: list[Sample] = []
        self._pid = pid
        self._done = done
        self._every_seconds = every_seconds
        self._started = monotonic()

    @property
    def peak_bytes(self) -> int:
        """The most of all samples."""
        return max(sample.pss_bytes for sample in self.samples)

    @property
    def median_bytes(self) -> float:
        """What half of the samples are below."""
        return median(sample.pss_bytes for sample in self.samples)

    async def __aenter__(self) -> Self:
        self._started = monotonic()
        self._sampling = asyncio.create_task(self._sample())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._sampling.cancel()

    async def _sample(self) -> None:
        while True:
            done = int(await self._done())
            used = await asyncio.to_thread(pss_bytes, self._pid)
            self.samples.append(Sample(monotonic() - self._started, done, used, len(family(self._pid))))
            await asyncio.sleep(self._every_seconds)


@dataclass(frozen=True)
class Remains:
    """What is left after a family should have ended."""

    running: tuple[str, ...]
    """Names of processes that still run although their parent is gone."""
    unreaped: int
    """Ended processes that their parent left to whoever adopts them (PID 1 of a container)."""


def adopt_orphans() -> None:
    """Let descendants whose parent ends become children of this process, where they can be counted."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def remains(*own_pids: int) -> Remains:
    """The children of this process that it did not start itself; ended ones are reaped."""
    running, unreaped = [], 0
    for child in psutil.Process().children():
        if child.pid in own_pids:
            continue
        with suppress(psutil.NoSuchProcess, ChildProcessError):
            if child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)
                unreaped += 1
            else:
                running.append(child.name())
    return Remains(tuple(running), unreaped)


def _is_driver(process: psutil.Process) -> bool:
    try:
        return "run-driver" in process.cmdline()
    except psutil.Error:
        return False


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
