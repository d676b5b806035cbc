"""What does a fault of Playwright mean? Pure."""

import re

from playwright.async_api import Error, TimeoutError as PlaywrightTimeout

from watchsync.errors import BrowserLost, OriginUnreachable, PageDrifted, PageTimeout, WatchsyncError

_NAME = re.compile(r"ERR_\w+")
_GONE = (
    "target closed",
    "target crashed",
    "page crashed",
    "has been closed",
    "has been disconnected",
    "connection closed",
    "browser has disconnected",
)
_UNREACHABLE = ("net::err_", "failed to fetch", "network error", "load failed")
_MOVED_ON = ("execution context was destroyed", "cannot find context", "frame was detached", "is interrupted by")


def translate(error: Error) -> WatchsyncError:
    """The error of our tree for one of Playwright's."""
    message = error.message.lower()
    if any(sign in message for sign in _GONE):
        return BrowserLost()
    if "err_aborted" in message:
        return BrowserLost("The browser gave the page up; we try again.")
    if any(sign in message for sign in _UNREACHABLE):
        return _unreachable(error)
    if isinstance(error, PlaywrightTimeout) or "timed out" in message:
        return PageTimeout()
    if "download is starting" in message:
        return PageDrifted("The site sent a file instead of a page; we try again.")
    if any(sign in message for sign in _MOVED_ON):
        return PageDrifted("The page moved on while it was read; we try again.")
    if ".evaluate:" in message:
        return PageDrifted(f"The page could not be read ({_first_line(error)}).")
    return BrowserLost(f"The browser failed ({_first_line(error)}).")


def _unreachable(error: Error) -> OriginUnreachable:
    found = _NAME.search(error.message)
    return OriginUnreachable(f"The site could not be reached ({found[0] if found else 'network error'}); we try again.")


def _first_line(error: Error) -> str:
    return (error.message.splitlines() or [""])[0][:120]
