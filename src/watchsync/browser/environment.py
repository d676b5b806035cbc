"""What may driver, browser and display know of this process's environment? Next to nothing. Pure."""

from collections.abc import Mapping
from pathlib import Path

_HEAP = "--max-old-space-size=64 --max-semi-space-size=2"
"""Node's heap: 123 instead of 173 MiB after 150 jobs at the same speed."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


def bare(ours: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of every program below: where programs and libraries are, language, and a folder as its home.

    Tokens, addresses and proxies of ours stay here.
    """
    kept = {name: ours[name] for name in _KEPT if name in ours}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        **kept,
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }


def of_driver(ours: Mapping[str, str], folder: Path, cache: Path, browsers: Path) -> dict[str, str]:
    """That, and what Node.js and Playwright need: ``cache`` holds compiled code, ``browsers`` those of Playwright."""
    return {
        **bare(ours, folder),
        "NODE_OPTIONS": ours.get("NODE_OPTIONS", _HEAP),
        "NODE_COMPILE_CACHE": ours.get("NODE_COMPILE_CACHE", str(cache)),
        "PLAYWRIGHT_BROWSERS_PATH": ours.get("PLAYWRIGHT_BROWSERS_PATH", str(browsers)),
        "PW_LANG_NAME": "python",
    }
