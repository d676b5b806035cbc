"""Which processes belong to a browser, and how are they ended for certain?"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psutil

_DRIVER_COMMAND = "run-driver"


@dataclass(frozen=True, slots=True)
class Family:
    """A browser that descends from this process, its group, and the driver that started it."""

    browser: psutil.Process
    group: int
    driver: psutil.Process | None

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The family of a browser; ``None`` for one that is not ours: elsewhere a pid may be anybody's."""
        try:
            browser = psutil.Process(pid)
            elders = browser.parents()
            group = os.getpgid(pid)
        except (psutil.Error, ProcessLookupError):
            return None
        if os.getpid() not in [elder.pid for elder in elders] or group == os.getpgrp():
            return None
        return cls(browser, group, next((elder for elder in elders if _is_driver(elder)), None))

    def kill(self) -> None:
        """SIGKILL to the browser and all its children. A stopped process dies of it too."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)

    def kill_driver(self) -> None:
        """SIGKILL to the driver if it still runs."""
        if self.driver is not None:
            with suppress(psutil.Error):
                self.driver.kill()


def drivers() -> set[psutil.Process]:
    """Playwright's drivers that this process started."""
    return {child for child in psutil.Process().children() if _is_driver(child)}


def _is_driver(process: psutil.Process) -> bool:
    try:
        return _DRIVER_COMMAND in process.cmdline()
    except psutil.Error:
        return False


class Watch:
    """Hears of the end of processes in the moment they end (Linux); elsewhere the heartbeat has to tell."""

    def __init__(self) -> None:
        self._descriptors: set[int] = set()

    def add(self, process: psutil.Process, ended: Callable[[], None]) -> None:
        """Call ``ended`` once, when the process is gone."""
        if not hasattr(os, "pidfd_open"):
            return
        try:
            descriptor = os.pidfd_open(process.pid)
        except ProcessLookupError:
            ended()
            return
        except OSError:  # the kernel or the container forbids it
            return

        def heard() -> None:
            self._remove(descriptor)
            ended()

        self._descriptors.add(descriptor)
        asyncio.get_running_loop().add_reader(descriptor, heard)

    def close(self) -> None:
        """Listen no more."""
        for descriptor in tuple(self._descriptors):
            self._remove(descriptor)

    def _remove(self, descriptor: int) -> None:
        if descriptor in self._descriptors:
            self._descriptors.discard(descriptor)
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
