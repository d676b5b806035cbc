"""Which browser is there to start?"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from watchsync.errors import BrowserUnavailable

_NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "headless_shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
_HOMES = ("usr/lib/chromium", "usr/lib/chromium-browser", "usr/lib64/chromium-browser", "opt/google/chrome")
_SCRIPT = b"#!"


def find_executable(
    wanted: Path | None,
    playwrights_own: str,
    which: Callable[[str], str | None] = shutil.which,
    root: Path = Path("/"),
) -> Path:
    """The binary to start: the wanted one, else Playwright's own, else the system's.

    Raises BrowserUnavailable, saying what to install.
    """
    if wanted is not None:
        if not (wanted.is_file() and os.access(wanted, os.X_OK)):
            raise BrowserUnavailable(f"There is no browser at {wanted} (WATCHSYNC_BROWSER_PATH).")
        return behind_wrapper(wanted, root)
    if own := _own(Path(playwrights_own)):
        return own
    for name in _NAMES:
        if found := which(name):
            return behind_wrapper(Path(found), root)
    raise BrowserUnavailable(
        "No browser was found. Install one with 'apt-get install chromium-headless-shell' or "
        "'python -m playwright install chromium-headless-shell', or set WATCHSYNC_BROWSER_PATH."
    )


def behind_wrapper(found: Path, root: Path = Path("/")) -> Path:
    """The binary that a distribution's wrapper script starts, where it can be told; an operator's own script stays.

    The scripts add flags of their own, and stand between us and the browser's group of processes.
    """
    if found.name not in _NAMES:
        return found
    with found.open("rb") as file:
        if file.read(len(_SCRIPT)) != _SCRIPT:
            return found
    names = (found.name, "chrome" if "chrome" in found.name else "chromium")
    candidates = [root / home / name for home in _HOMES for name in names]
    return next((path for path in candidates if path.is_file()), found)


def _own(full: Path) -> Path | None:
    """Playwright's headless shell, which is lighter, else its full browser; each can be installed alone."""
    family, _, revision = next((part for part in full.parts if part.startswith("chromium-")), "").partition("-")
    if family:
        shells = full.parents[1].parent.glob(f"chromium_headless_shell-{revision}/*/*headless?shell*")
        if shell := next((path for path in shells if path.is_file() and os.access(path, os.X_OK)), None):
            return shell
    return full if full.is_file() else None
