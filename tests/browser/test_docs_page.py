"""The page that shows the API's description works under its own policy, and asks nobody else for anything."""

import asyncio

import pytest
from playwright.async_api import async_playwright

import light_browser
from watchsync.api.app import create_app
from watchsync.catalog.store import SnapshotStore
from watchsync.origin.breaker_monitor import BreakerMonitor
from watchsync.queue.queue import open_queue
from watchsync.settings import load


@pytest.fixture
async def api(client, metrics, aiohttp_client):
    async with open_queue(client, metrics) as queue:
        yield await aiohttp_client(
            create_app(load(), metrics, queue, SnapshotStore(client), BreakerMonitor(client, {}))
        )


async def test_it_shows_the_operations_and_breaks_no_rule(api):
    said: list[str] = []
    asked: set[str] = set()
    async with async_playwright() as playwright:
        binary = light_browser.program()
        browser = await playwright.chromium.launch(executable_path=binary, chromium_sandbox=False)
        page = await browser.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.add(request.url.partition("://")[2].partition("/")[0]))
        await page.goto(str(api.make_url("/docs")))
        await page.get_by_role("heading", name="Sync a list, or answer its fresh snapshot").wait_for(timeout=60_000)
        await browser.close()
    await asyncio.sleep(0)
    assert said == []
    assert asked == {f"{api.host}:{api.port}"}
