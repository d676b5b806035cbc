"""Does a browser start here and show a page?"""

from playwright.async_api import Error

from watchsync.browser.chromium import Launcher
from watchsync.browser.faults import meaning
from watchsync.settings import Settings


async def open_page(settings: Settings) -> str:
    """Start the browser, show a page, and answer its version; raises Infrastructure."""
    launcher = Launcher(path=settings.browser_path, url=settings.browser_url)
    chromium = await launcher()
    try:
        page = await chromium.call(chromium.browser.new_page(), launcher.deadlines.context, "new page")
        await chromium.call(page.goto("data:text/html,<p>ready</p>"), launcher.deadlines.navigation, "navigation")
        version = f"{chromium.browser.browser_type.name} {chromium.browser.version}"
    except Error as error:
        raise meaning(error) from error
    else:
        return version
    finally:
        await chromium.close()
