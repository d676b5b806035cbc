"""Pages that mean harm, read by a real browser: each ends in a clear outcome, and the next list is read as ever."""

import asyncio

import pytest

from watchsync.browser.chromium import Deadlines
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Show, Size
from watchsync.errors import OriginUnreachable, PageDrifted, PageFault, PageTimeout
from watchsync.imdb.browser_reader import BrowserReader
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.refs import ListRef

PATIENT = Deadlines(launch=60, context=60, navigation=60, evaluate=60, heartbeat=20)
HASTY = Deadlines(launch=60, context=60, navigation=3, evaluate=3, heartbeat=20)
"""For pages that never come to an end."""
MOST_SECONDS = 120
HOSTILE, LONG, ORDINARY = ListRef.parse("ur77"), ListRef.parse("ur20000010"), ListRef.parse("ur10000003")
FAULTS = [
    (Show.HUGE, PageDrifted, "far larger"),
    (Show.ENDLESS, PageTimeout, None),
    (Show.NESTED, PageDrifted, "could be read"),
    (Show.HEADER_BOMB, OriginUnreachable, "ERR_RESPONSE_HEADERS_TOO_BIG"),
    (Show.REDIRECT_LOOP, OriginUnreachable, "ERR_TOO_MANY_REDIRECTS"),
    (Show.RELOADING, PageFault, None),
    (Show.DOWNLOAD, PageDrifted, "a file"),
    (Show.BUSY, PageTimeout, None),
    (Show.WRONG_CHARSET, PageDrifted, "could be read"),
    (Show.PLACEHOLDERS, PageDrifted, "could be read"),
]
HARMLESS_UNSHOWN = {Show.RELOADING, Show.BUSY, Show.WRONG_CHARSET}
"""A further page is not shown: its scripts do not run, and its bytes are taken for UTF-8."""
WITHOUT_END = {Show.ENDLESS, Show.BUSY, Show.RELOADING}
READABLE = [
    (Show.NUISANCE, "json"),
    (Show.NUL_BYTES, "json"),
    (Show.ODD_NUMBERS, "json"),
    (Show.SCROLLING, "dom"),
]


class Scene:
    def __init__(self, sites, pool, reader):
        self.control = sites.control
        self.pool = pool
        self.reader = reader

    def set(self, ref, show):
        """Show a list in a state, and wait long for it only where it has an end."""
        self.control.set(str(ref), show)
        self.pool._deadlines = HASTY if show in WITHOUT_END else PATIENT

    async def read(self, ref=HOSTILE, report=lambda _: None):
        async with asyncio.timeout(MOST_SECONDS):
            return await self.reader.read(ref, report)


@pytest.fixture
async def scene(start_pool, client, metrics):
    async with standing_in(size=Size.SMALL) as sites:
        pool, _ = await start_pool(deadlines=PATIENT, slots=1)
        limiter = RateLimiter(client, metrics, host="stand-in", interval_seconds=0)
        yield Scene(sites, pool, BrowserReader(pool, limiter, metrics, origin=sites.imdb_url))


@pytest.mark.parametrize(("show", "fault", "words"), FAULTS)
async def test_a_hostile_first_page_is_a_fault_with_a_name(scene, show, fault, words):
    scene.set(HOSTILE, show)
    with pytest.raises(fault, match=words):
        await scene.read()
    await scene.pool.settled()
    assert scene.pool.health.lent == 0
    scene.set(ORDINARY, Show.OK)
    assert (await scene.read(ORDINARY)).is_whole


@pytest.mark.parametrize("show", [show for show, _, _ in FAULTS if show not in HARMLESS_UNSHOWN])
async def test_a_hostile_further_page_is_a_fault_too(scene, show):
    scene.control.set(str(LONG), Show.OK)
    scene.pool._deadlines = HASTY if show in WITHOUT_END | {Show.NESTED} else PATIENT
    with pytest.raises(PageFault):
        await scene.read(LONG, lambda progress: progress.done and scene.control.set(str(LONG), show))
    await scene.pool.settled()
    assert scene.pool.health.lent == 0
    scene.set(ORDINARY, Show.OK)
    assert (await scene.read(ORDINARY)).is_whole


@pytest.mark.parametrize(("show", "form"), READABLE)
async def test_what_can_be_read_is_read(scene, show, form):
    scene.set(HOSTILE, show)
    reading = await scene.read()
    assert reading.form == form
    assert reading.titles
    assert not any("\0" in title.name for title in reading.titles)
    assert all(title.votes is None and title.year is None for title in reading.titles) or show is not Show.ODD_NUMBERS
    assert (await scene.read(ORDINARY)).is_whole


async def test_of_a_page_without_end_only_a_part_is_fetched(scene):
    scene.control.set(str(HOSTILE), Show.HUGE)
    with pytest.raises(PageDrifted):
        await scene.read()
    assert scene.control.served["hostile"] < 200
