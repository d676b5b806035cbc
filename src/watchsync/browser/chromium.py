"""One running browser with its driver: started within a deadline, watched, and killed for certain."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import psutil
from playwright.async_api import Browser, CDPSession, Error, Playwright, async_playwright

from watchsync import logs
from watchsync.browser.faults import meaning
from watchsync.browser.finding import find_browser
from watchsync.errors import BrowserLost, BrowserUnavailable

_DRIVER_HEAP = "--max-old-space-size=64 --max-semi-space-size=2"
"""Node's heap for Playwright's driver: 123 instead of 173 MiB after 150 jobs at the same speed."""
_log = logs.get(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long each kind of call may take, in seconds. Several of Playwright's calls have no limit of their own."""

    launch: float = 15
    context: float = 5
    navigation: float = 20
    challenge: float = 20
    evaluate: float = 10
    close: float = 3
    heartbeat_every: float = 5
    heartbeat: float = 3


class Chromium:
    """A browser that lives until it is closed, dies, hangs or is killed; ``died`` is set with ``reason`` then."""

    def __init__(self, playwright: Playwright, browser: Browser, deadlines: Deadlines) -> None:
        self._playwright = playwright
        self._deadlines = deadlines
        self._watching: set[asyncio.Task[None]] = set()
        self._cdp: CDPSession | None = None
        self._driver_pid: int | None = None
        self._watched: list[int] = []
        self.browser = browser
        self.pid: int | None = None
        self.started = monotonic()
        self.contexts_made = 0
        self.lent = 0
        self.died = asyncio.Event()
        self.reason: str | None = None

    @property
    def user_agent(self) -> str:
        """That of an ordinary browser of this version; the headless one is turned away everywhere."""
        major = self.browser.version.split(".", 1)[0]
        return (
            f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
        )

    async def call(self, awaitable: Awaitable[T], seconds: float, what: str) -> T:
        """Make one call of Playwright in a task of its own, so that nothing can hang or cancel it half way.

        Raises what the call means in our error tree; a call that outlasts its deadline dooms this browser.
        """
        task = asyncio.ensure_future(awaitable)
        dead = asyncio.ensure_future(self.died.wait())
        try:
            await asyncio.wait({task, dead}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            dead.cancel()
            task.add_done_callback(_collect)
        if task.done():
            try:
                return task.result()
            except Error as error:
                raise meaning(error) from error
        if not self.died.is_set():
            _log.warning("browser.call_hung", what=what, seconds=seconds)
            self.die("hung")
        raise BrowserLost(f"The browser stopped answering ({what}); a new one takes over.")

    async def watch(self) -> None:
        """Learn the processes and begin to watch them."""
        self.browser.on("disconnected", lambda _: self.die("crashed"))
        self._cdp = await self.call(self.browser.new_browser_cdp_session(), self._deadlines.context, "CDP session")
        info = await self.call(self._cdp.send("SystemInfo.getProcessInfo"), self._deadlines.context, "process info")
        pid = next((entry["id"] for entry in info["processInfo"] if entry["type"] == "browser"), None)
        if pid is not None and psutil.pid_exists(pid) and _is_ours(pid):
            self.pid = int(pid)
            self._driver_pid = psutil.Process(self.pid).ppid()
            self._watch_process(self.pid, "crashed")
            self._watch_process(self._driver_pid, "driver")
        self._spawn(self._heartbeat())

    def die(self, reason: str) -> None:
        """Count this browser as dead: whoever waits for it is told at once."""
        if not self.died.is_set():
            self.reason = reason
            self.died.set()

    async def close(self) -> None:
        """End it: politely if it still answers, else by SIGKILL to its whole group, and its driver with it."""
        was_alive = not self.died.is_set()
        self.die("closed")
        for task in self._watching:
            task.cancel()
        for descriptor in self._watched:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
        self._watched.clear()
        if was_alive:
            await _within(self.browser.close(), self._deadlines.close)
        self.kill_group()
        await _within(self._playwright.stop(), self._deadlines.close)
        self._kill_driver()

    def kill_group(self) -> None:
        """SIGKILL to the browser and all its children; Playwright makes it the leader of a group."""
        if self.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _kill_driver(self) -> None:
        if self._driver_pid is not None and self._driver_pid != os.getpid():
            with suppress(ProcessLookupError, psutil.Error):
                if _is_ours(self._driver_pid):
                    os.kill(self._driver_pid, signal.SIGKILL)

    def _watch_process(self, pid: int, reason: str) -> None:
        """Hear of a process's end in the moment it ends (Linux); elsewhere the heartbeat tells."""
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):
                descriptor = os.pidfd_open(pid)
                self._watched.append(descriptor)
                loop = asyncio.get_running_loop()

                def ended() -> None:
                    loop.remove_reader(descriptor)
                    self.die(reason)

                loop.add_reader(descriptor, ended)

    async def _heartbeat(self) -> None:
        """Ask for a sign of life: a frozen browser sends no event and stays 'connected'. Two misses are death."""
        misses = 0
        while not self.died.is_set():
            await asyncio.sleep(self._deadlines.heartbeat_every)
            beat = asyncio.ensure_future(self._beat())
            beat.add_done_callback(_collect)
            await asyncio.wait({beat}, timeout=self._deadlines.heartbeat)
            misses = 0 if beat.done() and not beat.cancelled() and beat.exception() is None else misses + 1
            if misses == 2:
                self.die("hung")

    async def _beat(self) -> Any:
        return await self._cdp.send("Browser.getVersion") if self._cdp else None

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)


Launch = Callable[[], Awaitable[Chromium]]


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts a browser, or connects to one that runs elsewhere (``url``, CDP)."""

    path: Path | None = None
    url: str | None = None
    deadlines: Deadlines = Deadlines()

    async def __call__(self) -> Chromium:
        """Start a browser; raises BrowserUnavailable."""
        playwright = await self._driver()
        try:
            browser = await self._browser(playwright)
            chromium = Chromium(playwright, browser, self.deadlines)
        except BaseException:
            await _within(playwright.stop(), self.deadlines.close)
            raise
        try:
            await chromium.watch()
        except BrowserLost as error:
            await chromium.close()
            raise BrowserUnavailable(f"The browser died at its start: {error}") from error
        return chromium

    async def _driver(self) -> Playwright:
        os.environ.setdefault("NODE_OPTIONS", _DRIVER_HEAP)
        try:
            async with asyncio.timeout(self.deadlines.launch):
                return await async_playwright().start()
        except (TimeoutError, OSError, Error) as error:
            raise BrowserUnavailable(f"Playwright's driver did not start ({type(error).__name__}).") from error

    async def _browser(self, playwright: Playwright) -> Browser:
        wait_ms = self.deadlines.launch * 1000
        try:
            if self.url:
                return await playwright.chromium.connect_over_cdp(self.url, timeout=wait_ms)
            path = find_browser(self.path, playwright.chromium.executable_path)
            if os.geteuid() != 0:
                with suppress(Error):
                    return await playwright.chromium.launch(
                        executable_path=path,
                        chromium_sandbox=True,
                        timeout=wait_ms,
                        handle_sigint=False,
                        handle_sigterm=False,
                        handle_sighup=False,
                    )
            _log.warning("browser.without_sandbox", why="root" if os.geteuid() == 0 else "the host does not allow it")
            return await playwright.chromium.launch(
                executable_path=path,
                chromium_sandbox=False,
                timeout=wait_ms,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        except Error as error:
            raise BrowserUnavailable(f"The browser did not start: {error.message.splitlines()[0][:200]}") from error


def _is_ours(pid: int) -> bool:
    """Whether a process descends from this one; the pid of a browser elsewhere may be anybody's here."""
    try:
        return os.getpid() in [parent.pid for parent in psutil.Process(pid).parents()]
    except psutil.Error:
        return False


async def _within(awaitable: Awaitable[Any], seconds: float) -> None:
    """Let something end by itself for a while; its failure does not matter any more."""
    task = asyncio.ensure_future(awaitable)
    task.add_done_callback(_collect)
    await asyncio.wait({task}, timeout=seconds)


def _collect(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
