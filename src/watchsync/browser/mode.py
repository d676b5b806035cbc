"""In which mode is a browser started, and what would a better one need? Decides; starts nothing."""

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from watchsync.browser.executable import Which, find_full, find_shell, is_shell, named
from watchsync.errors import BrowserUnavailable

_FULL = "a full Chromium ('apt-get install chromium' or 'python -m playwright install chromium')"
_SHELL = "a headless shell ('apt-get install chromium-headless-shell')"
_XVFB = "Xvfb ('apt-get install xvfb')"


class Mode(StrEnum):
    """How a browser runs, from the most like a person's to the lightest."""

    HEADED = "headed"
    """A full Chromium with windows, on a virtual display of its own."""
    HEADLESS = "headless"
    """A full Chromium without windows."""
    SHELL = "shell"
    """The headless shell: a third of the weight, and says so in its client hints."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What this machine has; ``None`` is missing."""

    full: Path | None
    shell: Path | None
    xvfb: Path | None

    @classmethod
    def here(cls, playwrights_own: str, path: Path | None = None, which: Which = shutil.which) -> "Installed":
        """What is found; a browser named by ``path`` is the only one. Raises BrowserUnavailable if it is not there."""
        xvfb = which("Xvfb")
        display = Path(xvfb) if xvfb else None
        if path is None:
            return cls(find_full(playwrights_own, which), find_shell(playwrights_own, which), display)
        browser = named(path)
        return cls(None, browser, display) if is_shell(browser) else cls(browser, None, display)


@dataclass(frozen=True, slots=True)
class Choice:
    """The mode and the program to start. ``better`` names what is missing for a mode that more sites let in, if any."""

    mode: Mode
    path: Path
    better: str = ""
    xvfb: Path | None = None
    """What shows the windows of a headed one."""


def choose(wanted: str, installed: Installed) -> Choice:
    """The browser for a mode; for ``auto`` the best that there is; for ``shell`` the lightest.

    Raises BrowserUnavailable, naming what to install, when it cannot be had.
    """
    full, shell, xvfb = installed.full, installed.shell, installed.xvfb
    missing = " and ".join(what for what, there in ((_FULL, full), (_XVFB, xvfb)) if not there)
    choices = (
        Choice(Mode.HEADED, full, xvfb=xvfb) if full and xvfb else None,
        Choice(Mode.HEADLESS, full, missing) if full else None,
        Choice(Mode.SHELL, shell, missing) if shell else None,
    )
    headed, headless, light = choices
    found = {"auto": headed or headless or light, "headed": headed, "headless": headless, "shell": light or headless}
    if choice := found[wanted]:
        return choice
    needed = {"headed": missing, "shell": _SHELL}.get(wanted, _FULL)
    raise BrowserUnavailable(
        f"No browser for WATCHSYNC_BROWSER_MODE={wanted} was found. Install {needed}, or set WATCHSYNC_BROWSER_PATH."
    )
