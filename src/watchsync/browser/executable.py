"""Which browsers are there to start: a full Chromium, a headless shell?"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from watchsync.errors import BrowserUnavailable

Which = Callable[[str], str | None]

_FULL = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
_HOMES = ("usr/lib/chromium", "usr/lib/chromium-browser", "usr/lib64/chromium-browser", "opt/google/chrome")
_ROOT = Path("/")
_SCRIPT = b"#!"


def find_full(playwrights_own: str, which: Which = shutil.which, root: Path = _ROOT) -> Path | None:
    """A whole Chromium or Chrome: Playwright's own if it is there (at ``playwrights_own``), else the system's."""
    own = Path(playwrights_own)
    return own if _is_program(own) else _on_path(_FULL, which, root)


def find_shell(playwrights_own: str, which: Which = shutil.which, root: Path = _ROOT) -> Path | None:
    """A headless shell: Playwright's own, which lies beside its full browser, else the system's."""
    full = Path(playwrights_own)
    family, _, revision = next((part for part in full.parts if part.startswith("chromium-")), "").partition("-")
    if family:
        shells = full.parents[1].parent.glob(f"chromium_headless_shell-{revision}/*/*headless?shell*")
        if own := next(filter(_is_program, shells), None):
            return own
    return _on_path(_SHELLS, which, root)


def named(path: Path, root: Path = _ROOT) -> Path:
    """The browser that the operator named; raises BrowserUnavailable when it is not there."""
    if not _is_program(path):
        raise BrowserUnavailable(f"There is no browser at {path} (WATCHSYNC_BROWSER_PATH).")
    return behind_wrapper(path, root)


def is_shell(path: Path) -> bool:
    """Whether a program is a headless shell, by its name."""
    return path.name.replace("_", "-").endswith("headless-shell")


def behind_wrapper(found: Path, root: Path = _ROOT) -> Path:
    """The binary that a distribution's wrapper script starts, if it is known; anybody else's script is left alone.

    The scripts add flags of their own, and stand between the driver and the browser's process group.
    """
    if found.name not in {*_FULL, *_SHELLS}:
        return found
    with found.open("rb") as file:
        if file.read(len(_SCRIPT)) != _SCRIPT:
            return found
    names = (found.name, "chrome" if "chrome" in found.name else "chromium")
    candidates = [root / home / name for home in _HOMES for name in names]
    return next((path for path in candidates if path.is_file()), found)


def _on_path(names: tuple[str, ...], which: Which, root: Path) -> Path | None:
    found = next((path for name in names if (path := which(name))), None)
    return behind_wrapper(Path(found), root) if found else None


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
