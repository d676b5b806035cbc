"""Playwright as it comes, with nothing around it: no pool, no queue, no storing. A warm browser, a fresh context.

``fetch`` is the physical bound: one navigation, then plain fetches from inside of the page, one after the other.
``navigate`` goes to each page as a person would.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

sys.path.append(str(Path(__file__).parent.parent))
from answering import FIELDS_OF_DOCUMENT, FIELDS_OF_FETCHED, PAGE_TITLES, answer_on_stdin

_DECORATION = ("png", "jpg", "jpeg", "webp", "gif", "svg", "ico", "avif", "woff", "woff2", "ttf", "otf", "css", "mp4")
_USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
_RULES: list[dict[str, Any]] = [{"urlPattern": f"*://*:*/*.{ending}", "block": True} for ending in _DECORATION]


async def _fresh_page(context: BrowserContext) -> Page:
    page = await context.new_page()
    cdp = await context.new_cdp_session(page)
    await cdp.send("Network.enable")
    await cdp.send("Network.setBlockedURLs", {"urlPatterns": _RULES})
    return page


@asynccontextmanager
async def _reading(browser: Browser, url: str, *, fetches: bool) -> AsyncIterator[list[str]]:
    context = await browser.new_context(user_agent=_USER_AGENT)
    page = await _fresh_page(context)
    await page.goto(url, wait_until="domcontentloaded")
    found: list[str] = [await page.evaluate(FIELDS_OF_DOCUMENT)]
    base = url.removesuffix("1")
    for number in range(2, -(-json.loads(found[0])["total"] // PAGE_TITLES) + 1):
        if fetches:
            found.append(await page.evaluate(FIELDS_OF_FETCHED, f"{base}{number}"))
        else:
            await page.goto(f"{base}{number}", wait_until="domcontentloaded")
            found.append(await page.evaluate(FIELDS_OF_DOCUMENT))
    yield found
    await context.close()


async def _serve(path: str, *, fetches: bool) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        await answer_on_stdin(lambda url: _reading(browser, url, fetches=fetches))
        await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("browser")
    parser.add_argument("way", choices=("fetch", "navigate"))
    given = parser.parse_args()
    asyncio.run(_serve(given.browser, fetches=given.way == "fetch"))
