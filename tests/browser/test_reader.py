"""Whole lists read from the stand-in site by a real browser, through a real limiter."""

import re
from dataclasses import replace

import pytest

from watchsync.demo import rendering
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Show, Size
from watchsync.errors import CaptchaDemanded, ChallengeUnsolved, OriginCoolingDown
from watchsync.imdb.browser_reader import BrowserReader
from watchsync.imdb.page import Capture, read_page
from watchsync.imdb.paging import ListPages
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.refs import ListRef
from watchsync.snapshot import Reading

CHECKED = ListRef.parse("ur10001179")
CAPTCHA = ListRef.parse("ur20000004")
NEVER_PASSED = ListRef.parse("ur20000007")
ORDINARY = ListRef.parse("ur10000250")
RATINGS = ListRef.parse("ur30000123-ratings")


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as sites:
        yield sites


@pytest.fixture
async def reader(start_pool, client, metrics, sites):
    pool, _ = await start_pool()
    limiter = RateLimiter(client, metrics, host="stand-in", interval_seconds=0)
    return BrowserReader(pool, limiter, metrics, origin=sites.imdb_url)


def quietly(_: object) -> None:
    return


async def test_a_list_behind_a_check_is_read_to_its_last_row(reader):
    reading = await reader.read(CHECKED, quietly)
    assert (reading.rows, reading.total, reading.pages) == (1179, 1179, 5)
    assert (reading.strategy, reading.form) == ("page", "json")


@pytest.mark.parametrize(("ref", "refusal"), [(CAPTCHA, CaptchaDemanded), (NEVER_PASSED, ChallengeUnsolved)])
async def test_after_a_refusal_the_site_is_left_alone(reader, ref, refusal):
    with pytest.raises(refusal):
        await reader.read(ref, quietly)
    with pytest.raises(OriginCoolingDown):
        await reader.read(ORDINARY, quietly)


@pytest.mark.parametrize("ref", [ORDINARY, RATINGS])
async def test_what_the_browser_leaves_of_a_page_says_as_much_as_the_page(reader, sites, ref):
    whole = re.search(r'id="__NEXT_DATA__"[^>]*>(.*?)</script>', rendering.page(str(ref), 1, Show.OK, sites.imdb_url))
    page = read_page(Capture(200, {}, whole[1], None), ref)
    walk = ListPages(ref, "page")
    walk.add(page)
    read, expected = await reader.read(ref, quietly), walk.reading()
    assert _without_days(read) == _without_days(expected)
    assert all(title.added_at for title in read.titles[:20]) or ref is not RATINGS


def _without_days(reading: Reading) -> Reading:
    """The days of ratings stand beside the page's data, in the rows that it shows."""
    if reading.ref is not RATINGS:
        return reading
    titles = tuple(replace(title, added_at=None) for title in reading.titles)
    return replace(reading, titles=titles, first_page=None)
