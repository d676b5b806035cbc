"""Does a browser start here and show a page?"""

from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.launcher import Launcher
from watchsync.browser.mode import Choice
from watchsync.browser.session import Session, Site
from watchsync.errors import BrowserUnavailable, WatchsyncError
from watchsync.settings import Settings

_NOWHERE = Site("https://example.invalid", "")
_PAGE = "data:text/html,<title>ready</title>"


async def smoke_test(chromium: Chromium, deadlines: Deadlines) -> None:
    """Have a browser do once what every job needs of it; raises BrowserUnavailable.

    One that starts may still be too old for the commands that we give, or unable to show any page.
    """
    try:
        context = await chromium.open_context()
        page = await chromium.call(context.new_page(), deadlines.context, "new page")
        await Session(chromium, context, page, _NOWHERE, deadlines).prepare()
        await chromium.call(page.goto(_PAGE), deadlines.navigation, "navigation")
        await chromium.call(page.title(), deadlines.evaluate, "capture")
        await chromium.close_context(context)
    except WatchsyncError as error:
        raise BrowserUnavailable(f"The browser starts, but shows no page. {error}") from error


async def open_page(settings: Settings) -> str:
    """Start the browser, show a page, and say which browser that was, in which mode; raises Infrastructure."""
    launcher = Launcher(mode=settings.browser_mode, path=settings.browser_path, url=settings.browser_address)
    chromium = await launcher()
    try:
        await smoke_test(chromium, launcher.deadlines)
        return f"{chromium.browser.browser_type.name} {chromium.browser.version}{_shown(chromium.choice)}"
    finally:
        await chromium.close()


def _shown(choice: Choice | None) -> str:
    """Mode and program, and what a better mode would need."""
    if choice is None:
        return " elsewhere"
    better = f"; more sites let one in that has {choice.better}" if choice.better else ""
    return f" ({choice.mode}, {choice.path}{better})"
