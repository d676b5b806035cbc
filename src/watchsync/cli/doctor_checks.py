"""What does doctor look at? Each check looks at one part and says how to mend it."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from watchsync.errors import WatchsyncError
from watchsync.settings import Settings

_LEAST_FREE_MEMORY_BYTES = 400 * 2**20
_LEAST_FREE_DISK_BYTES = 500 * 2**20
_PATIENCE_SECONDS = 15.0
_KNOWN_TITLE = "tt0111161"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of doctor's: what was looked at, what was seen and, where it is wrong, the fix."""

    name: str
    seen: str
    fix: str | None = None

    @property
    def is_good(self) -> bool:
        return self.fix is None

    def line(self) -> str:
        mark, fix = ("✓", "") if self.is_good else ("✗", f" Fix: {self.fix}")
        return f"{mark} {self.name}: {self.seen}{fix}"


async def browser_finding(open_page: Callable[[], Awaitable[str]]) -> Finding:
    """Whether a browser starts and shows a page; ``open_page`` answers the browser's version."""
    try:
        return Finding("Browser", f"{await open_page()} starts and shows a page")
    except WatchsyncError as error:
        fix = "Run make install, or set WATCHSYNC_BROWSER_PATH or WATCHSYNC_BROWSER_URL."
        return Finding("Browser", str(error), fix)


async def tmdb_finding(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    """Whether TMDB can be reached and takes the token."""
    if settings.tmdb_token is None:
        return Finding("TMDB", "no token, so posters come from IMDb and the public poster service")
    headers = {"Authorization": f"Bearer {settings.tmdb_token.get_secret_value()}"}
    address = f"{settings.tmdb_url}/find/{_KNOWN_TITLE}?external_source=imdb_id"
    try:
        async with session.get(address, headers=headers) as response:
            return token_finding(response.status)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        fix = "Check this machine's network, proxy and WATCHSYNC_TMDB_URL."
        return Finding("TMDB", f"{settings.tmdb_url} cannot be reached ({_why(error)})", fix)


def token_finding(status: int) -> Finding:
    """What TMDB's status says about the token."""
    if status == 200:
        return Finding("TMDB", "answers and takes the token")
    if status in {401, 403}:
        fix = "Set WATCHSYNC_TMDB_TOKEN to the API Read Access Token (the long one) of your TMDB account."
        return Finding("TMDB", f"does not take the token (HTTP {status})", fix)
    return Finding("TMDB", f"answers HTTP {status}", "Check WATCHSYNC_TMDB_URL, or try again later.")


def memory_finding(free_bytes: int | None) -> Finding:
    """Whether one browser page has room."""
    if free_bytes is None:
        return Finding("Memory", "not told by this system")
    fix = "Free some memory, or run the worker on a machine with 1 GB or more."
    return Finding("Memory", f"{_megabytes(free_bytes)} free", None if free_bytes >= _LEAST_FREE_MEMORY_BYTES else fix)


def disk_finding(folder: Path) -> Finding:
    """Whether the data folder has room."""
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    fix = f"Free some space, or choose another folder than {folder} with WATCHSYNC_DATA_DIR."
    return Finding("Disk", f"{_megabytes(free)} free at {folder}", None if free >= _LEAST_FREE_DISK_BYTES else fix)


def free_memory_bytes(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int | None:
    """The memory that may still be used: the machine's, or what a container's limit leaves."""
    try:
        lines = (proc / "meminfo").read_text().splitlines()
    except OSError:
        return None
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
    except (OSError, ValueError):
        return free
    return limit - used if free is None else min(free, limit - used)


def patient_session() -> aiohttp.ClientSession:
    """An HTTP session that does not wait for ever."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE_SECONDS))


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MB"
