"""Playwright's driver: how is it started with little memory and a folder of its own, and ended for certain?"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import psutil
from playwright.async_api import Playwright, async_playwright

from watchsync.browser.deadline import bounded, ended
from watchsync.browser.processes import drivers, kill_tree
from watchsync.errors import BrowserUnavailable

_HEAP = "--max-old-space-size=64 --max-semi-space-size=2"
"""Node's heap: 123 instead of 173 MiB after 150 jobs at the same speed."""


class Driver:
    """One driver process. Whatever it and its browser put on the disk goes with it, however they end."""

    def __init__(self, playwright: Playwright, process: psutil.Process | None, folder: Path) -> None:
        self.playwright = playwright
        self.process = process
        self._folder = folder

    @classmethod
    async def start(cls, seconds: float) -> "Driver":
        """Start one; raises BrowserUnavailable."""
        try:
            before = drivers()
            folder = Path(tempfile.mkdtemp(prefix="watchsync-browser-"))
        except OSError as error:  # a full disk, or no descriptor left
            raise BrowserUnavailable(f"Playwright's driver cannot be started here ({error.strerror}).") from error
        try:
            with _environment(folder):
                playwright = await bounded(async_playwright().start(), seconds, unwanted=lambda late: late.stop())
            return cls(playwright, next(iter(drivers() - before), None), folder)
        except BaseException as error:
            _end_strays(before)
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, Exception):  # a driver that ends early raises a bare Exception
                raise BrowserUnavailable(f"Playwright's driver did not start ({type(error).__name__}).") from error
            raise

    async def end(self, seconds: float) -> None:
        """Stop it, politely for a while; no process below it and no file of it stays."""
        await ended(self.playwright.stop(), seconds)
        await asyncio.to_thread(self._clear)

    def _clear(self) -> None:
        if self.process is not None:
            kill_tree(self.process)
        shutil.rmtree(self._folder, ignore_errors=True)


def _end_strays(before: set[psutil.Process]) -> None:
    try:
        strays = drivers() - before
    except OSError:
        return
    for stray in strays:
        kill_tree(stray)


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """Playwright hands its driver the environment of this process, and offers no other way in."""
    given = {
        "TMPDIR": str(folder),
        "NODE_OPTIONS": os.environ.get("NODE_OPTIONS", _HEAP),
        "NODE_COMPILE_CACHE": os.environ.get("NODE_COMPILE_CACHE", str(platformdirs.user_cache_path("watchsync"))),
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
