"""Does a browser start here and show a page?"""

from watchsync.browser.chromium import Chromium, Deadlines
from watchsync.browser.launcher import Launcher
from watchsync.browser.session import Session, Site
from watchsync.browser.surroundings import Surroundings
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
    launcher = Launcher(mode=settings.browser_mode, path=settings.browser_path, url=settings.browser_url)
    chromium = await launcher()
    try:
        await smoke_test(chromium, launcher.deadlines)
        return f"{chromium.browser.browser_type.name} {chromium.browser.version}{_shown(chromium.around)}"
    finally:
        await chromium.close()


def _shown(around: Surroundings) -> str:
    """Mode and program, what does not hold it, and what a mode that more sites let in would need."""
    choice = around.choice
    facts = [f"{around.mode}, {choice.path}" if choice else around.mode, *around.weaknesses]
    if choice and choice.better:
        facts.append(f"more sites let in a browser with {choice.better}")
    return f" ({'; '.join(facts)})"
