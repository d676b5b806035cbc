"""crawlee's PlaywrightCrawler on the pages of a list, its browser warm and its blocking on."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from crawlee import ConcurrencySettings
from crawlee.browsers import BrowserPool
from crawlee.crawlers import PlaywrightCrawler, PlaywrightCrawlingContext, PlaywrightPreNavCrawlingContext
from crawlee.fingerprint_suite import DefaultFingerprintGenerator, HeaderGeneratorOptions
from crawlee.storage_clients import MemoryStorageClient

sys.path.append(str(Path(__file__).parent.parent))
from answering import FIELDS_OF_DOCUMENT, PAGE_TITLES, answer_on_stdin


def _pool(browser: str) -> BrowserPool:
    return BrowserPool.with_default_plugin(
        headless=True,
        browser_type="chromium",
        browser_launch_options={"executable_path": browser, "chromium_sandbox": False},
        fingerprint_generator=DefaultFingerprintGenerator(header_options=HeaderGeneratorOptions(browsers=["chrome"])),
    )


def _crawler(pool: BrowserPool, at_once: int, found: list[str]) -> PlaywrightCrawler:
    crawler = PlaywrightCrawler(
        browser_pool=pool,
        concurrency_settings=ConcurrencySettings(
            min_concurrency=at_once, max_concurrency=at_once, desired_concurrency=at_once
        ),
        storage_client=MemoryStorageClient(),
        configure_logging=False,
    )

    async def block(context: PlaywrightPreNavCrawlingContext) -> None:
        await context.block_requests()

    async def read(context: PlaywrightCrawlingContext) -> None:
        text = await context.page.evaluate(FIELDS_OF_DOCUMENT)
        found.append(text)
        if context.request.url.endswith("page=1"):
            pages = -(-json.loads(text)["total"] // PAGE_TITLES)
            base = context.request.url.removesuffix("1")
            await context.add_requests([f"{base}{number}" for number in range(2, pages + 1)])

    crawler.pre_navigation_hook(block)
    crawler.router.default_handler(read)
    return crawler


async def _serve(browser: str, at_once: int) -> None:
    found: list[str] = []

    @asynccontextmanager
    async def reading(url: str) -> AsyncIterator[list[str]]:
        found.clear()
        await crawler.run([url])
        yield found

    async with _pool(browser) as pool:
        crawler = _crawler(pool, at_once, found)
        await answer_on_stdin(reading)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("browser")
    parser.add_argument("--at-once", type=int, default=2)
    given = parser.parse_args()
    asyncio.run(_serve(given.browser, given.at_once))
