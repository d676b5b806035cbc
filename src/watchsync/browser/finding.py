"""Which browser is there to start?"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from watchsync.errors import BrowserUnavailable

_NAMES = (
    "chromium-headless-shell",
    "headless_shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
_BEHIND_WRAPPERS = {"chromium": ("/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser")}
"""Debian's ``chromium`` is a script that adds flags of its own; the binary behind it is started instead."""


def find_browser(
    wanted: Path | None, playwrights_own: str, which: Callable[[str], str | None] = shutil.which
) -> str | None:
    """The binary to start; ``None`` means Playwright's own, which is installed.

    Raises BrowserUnavailable, saying what to install.
    """
    if wanted is not None:
        if not (wanted.is_file() and os.access(wanted, os.X_OK)):
            raise BrowserUnavailable(f"There is no browser at {wanted} (WATCHSYNC_BROWSER_PATH).")
        return str(wanted)
    if playwrights_own and Path(playwrights_own).is_file():
        return None
    for name in _NAMES:
        if found := which(name):
            return next((path for path in _BEHIND_WRAPPERS.get(name, ()) if Path(path).is_file()), found)
    raise BrowserUnavailable(
        "No browser was found. Install one with 'apt-get install chromium-headless-shell' or "
        "'python -m playwright install chromium-headless-shell', or set WATCHSYNC_BROWSER_PATH."
    )
