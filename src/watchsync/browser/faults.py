"""What does a fault of Playwright mean? Pure."""

from playwright.async_api import Error, TimeoutError as PlaywrightTimeout

from watchsync.errors import BrowserLost, OriginUnreachable, PageDrifted, PageTimeout, WatchsyncError

_GONE = (
    "target closed",
    "target crashed",
    "has been closed",
    "connection closed",
    "page crashed",
    "browser has disconnected",
)


def meaning(error: Error) -> WatchsyncError:
    """The error of our tree for one of Playwright's."""
    message = error.message.lower()
    if isinstance(error, PlaywrightTimeout):
        return PageTimeout()
    if any(sign in message for sign in _GONE):
        return BrowserLost()
    if "net::err_" in message or "failed to fetch" in message or "ns_error" in message:
        name = message.partition("net::")[2].split(" ", 1)[0].upper()
        return OriginUnreachable(f"IMDb could not be reached ({name or 'network'}); we try again.")
    if "download is starting" in message:
        return PageDrifted("IMDb sent a file instead of a page; we try again.")
    return BrowserLost(f"The browser failed ({error.message.splitlines()[0][:120]}).")
