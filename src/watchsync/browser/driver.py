"""Playwright's driver: how is it started with little memory and a folder of its own, and ended for certain?"""

import asyncio
import os
import shutil
import tempfile
from contextvars import ContextVar
from pathlib import Path

import platformdirs
import psutil
from playwright._impl import transport
from playwright._impl._driver import get_driver_env
from playwright.async_api import Playwright, async_playwright

from watchsync.browser import environment
from watchsync.browser.deadline import bounded, ended
from watchsync.browser.processes import drivers, kill_tree
from watchsync.errors import BrowserUnavailable

_environment: ContextVar[dict[str, str] | None] = ContextVar("environment of the driver that is being started")


class Driver:
    """One driver process. Whatever it and its browser put on the disk goes with it, however they end."""

    def __init__(self, playwright: Playwright, process: psutil.Process | None, folder: Path) -> None:
        self.playwright = playwright
        self.process = process
        self.folder = folder
        """For everything that this browser writes."""

    @classmethod
    async def start(cls, seconds: float) -> "Driver":
        """Start one; raises BrowserUnavailable."""
        try:
            before = drivers()
            folder = Path(tempfile.mkdtemp(prefix="watchsync-browser-"))
        except OSError as error:  # a full disk, or no descriptor left
            raise BrowserUnavailable(f"Playwright's driver cannot be started here ({error.strerror}).") from error
        try:
            playwright = await bounded(_playwright(folder), seconds, unwanted=lambda late: late.stop())
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
        shutil.rmtree(self.folder, ignore_errors=True)


def _end_strays(before: set[psutil.Process]) -> None:
    try:
        strays = drivers() - before
    except OSError:
        return
    for stray in strays:
        kill_tree(stray)


async def _playwright(folder: Path) -> Playwright:
    """Playwright gives its driver the environment of this process, unless what it asks for that is replaced."""
    cache = platformdirs.user_cache_path()
    _environment.set(environment.of_driver(os.environ, folder, cache / "watchsync", cache / "ms-playwright"))
    return await async_playwright().start()


def _given_environment() -> dict[str, str]:
    return _environment.get(None) or get_driver_env()


vars(transport)["get_driver_env"] = _given_environment
