"""What a hostile page reaches beside its own site: nothing, whatever it tries."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import async_playwright

import light_browser
from browser.hostile_page import ADDRESSES, HostileSite, Listeners, listening, serving
from browser.modes import SHELL_FIRST
from watchsync.browser.chromium import Deadlines
from watchsync.browser.places import place
from watchsync.browser.pool import Pool
from watchsync.browser.session import Site

PATIENT = Deadlines(launch=60, context=60, navigation=60, evaluate=60, heartbeat=20)


@pytest.fixture
async def listeners() -> AsyncIterator[Listeners]:
    async with listening() as listeners:
        yield listeners


@pytest.fixture
async def site(listeners: Listeners) -> AsyncIterator[HostileSite]:
    async with serving(listeners.places) as site:
        yield site


@pytest.mark.parametrize("mode", SHELL_FIRST)
async def test_the_resolver_alone_lets_nothing_through(listeners, site, mode):
    launch = light_browser.launcher(mode=mode, reachable=(place(site.origin),), deadlines=PATIENT)
    chromium = await launch()
    try:
        for number in range(len(ADDRESSES)):
            context = await chromium.open_context()
            page = await context.new_page()
            await page.goto(f"{site.origin}/{number}?later", wait_until="commit")
            await site.done.get()
            await chromium.close_context(context)
    finally:
        await chromium.close()
    assert listeners.heard == {}


@pytest.mark.parametrize("mode", SHELL_FIRST)
async def test_a_lent_page_reaches_nothing_and_keeps_no_page_that_it_opened(listeners, site, metrics, mode):
    launch = light_browser.launcher(mode=mode, reachable=(place(site.origin),), deadlines=PATIENT)
    async with Pool(launch, metrics, slots=1, deadlines=PATIENT) as pool:
        for number in range(len(ADDRESSES)):
            async with pool.lend(Site(site.origin, "(source) => ''")) as session:
                opening = asyncio.ensure_future(session.open(f"{site.origin}/{number}"))
                await site.done.get()
                await asyncio.wait({opening})
                pages = session._context.pages
            await pool.settled()
            assert len(pages) == 1
    assert listeners.heard == {}


@pytest.mark.full
async def test_a_browser_that_nothing_holds_is_led_everywhere_by_the_same_page(listeners, site):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=light_browser.program())
        for number in range(len(ADDRESSES)):
            page = await (await browser.new_context()).new_page()
            await page.goto(f"{site.origin}/{number}?later", wait_until="commit")
            await site.done.get()
        await browser.close()
    expected = """udp tcp /prefetch /preload /modulepreload /style /font /background /speculated /prerendered /script
        /image /srcset /source /video /poster /audio /frame /srcdoc /object /embed /input /svg /refresh /redirect
        /reporting /fetch /post /xhr /beacon /events /socket /worker /worker-socket /shared /shared-socket /service
        /popup /ping /blank /file /import /image-object
        /border /bullet /cache /content /css-import /cursor /data /dictionary /fe-image /font-face /header-refresh
        /identity /import-scripts /later /linked /mask /paint-worklet /preloaded-set /redirect-post /replaced /sandboxed
        /stream /track /worklet /written"""
    assert set(expected.split()) - listeners.heard.keys() == set()
