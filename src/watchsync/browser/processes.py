"""Which processes belong to a browser, and how are they ended for certain?"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Self

import psutil

_DRIVER_COMMAND = "run-driver"
_REAP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Family:
    """A browser that descends from this process, and its group."""

    browser: psutil.Process
    group: int

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
        return cls(browser, group)

    def kill(self) -> None:
        """SIGKILL to the browser and all its children. A stopped process dies of it too."""
        kill_group(self.group)

    def reap(self) -> None:
        """Collect what fell to us as orphans of this browser: it does where we are process 1. Blocks for a while."""
        reap_group(self.group)


def drivers() -> set[psutil.Process]:
    """Playwright's drivers that this process started."""
    return {child for child in psutil.Process().children() if _is_driver(child)}


def kill_tree(driver: psutil.Process) -> None:
    """SIGKILL to a driver, and to the groups of the browsers below it."""
    try:
        children = driver.children()
        driver.kill()
    except psutil.Error:
        return
    for child in children:
        kill_group(child.pid)  # the driver makes each browser the leader of a group
        reap_group(child.pid)


def kill_group(group: int) -> None:
    """SIGKILL to every process of a group, if there is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def reap_group(group: int) -> None:
    """Wait for the children of ours in a killed group to end, so that they are no zombies. Mostly there are none."""
    until = monotonic() + _REAP_SECONDS
    with suppress(ChildProcessError):
        while monotonic() < until:
            if os.waitpid(-group, os.WNOHANG)[0] == 0:
                sleep(0.01)


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is gone, or was not collected yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


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
