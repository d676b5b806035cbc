"""The lightest browser of this machine, which may reach any port of 127.0.0.1 and nothing else."""

from pathlib import Path
from typing import Any

from watchsync.browser.executable import find_full, find_shell
from watchsync.browser.launcher import Launcher


def program() -> Path:
    """The headless shell, else a full Chromium."""
    found = find_shell("") or find_full("")
    assert found, "there is no Chromium; run make install"
    return found


def launcher(**options: Any) -> Launcher:
    """Starts it."""
    return Launcher(**{"mode": "shell", "reachable": ("127.0.0.1:*",), **options})
