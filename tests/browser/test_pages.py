"""What a lent page does, and what it leaves alone."""

from dataclasses import replace

import orjson
import pytest

from watchsync.browser.chromium import Deadlines
from watchsync.errors import OriginUnreachable, PageDrifted, PageTimeout


async def test_a_page_is_opened_and_the_next_is_fetched_from_inside_it(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        opened = await session.open(f"{stand_in.origin}/list?one")
        fetched = await session.fetch(f"{stand_in.origin}/other")
    assert (opened.status, orjson.loads(opened.captured)["title"]) == (200, "/list")
    assert (fetched.status, orjson.loads(fetched.captured)["title"]) == (200, "/other")
    assert opened.headers["retry-after"] == fetched.headers["retry-after"] == "7"


async def test_decoration_and_third_parties_are_not_asked_for(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/decorated")
        await session.open(f"{stand_in.origin}/list")
    assert stand_in.asked == ["/decorated", "/own.js", "/list"]


@pytest.mark.parametrize("path", ["/checked", "/checked-early"])
async def test_the_sites_own_check_runs_and_lets_the_page_through(start_pool, stand_in, path):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        answer = await session.open(f"{stand_in.origin}{path}")
    assert (answer.status, orjson.loads(answer.captured)["title"]) == (200, path)
    assert stand_in.count(path) == 2


async def test_the_next_list_comes_with_the_pass_of_the_last_and_with_nothing_else(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        first = await session.open(f"{stand_in.origin}/checked?mine")
    async with pool.lend(stand_in.site()) as session:
        second = await session.open(f"{stand_in.origin}/checked")
    assert orjson.loads(first.captured)["cookies"] == "aws-waf-token=good; list=mine"
    assert orjson.loads(second.captured)["cookies"] == "aws-waf-token=good; list="
    assert stand_in.count("/checked") == 3


async def test_a_second_challenge_in_a_row_is_the_answer(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        answer = await session.open(f"{stand_in.origin}/never-passed")
    assert answer.status == 202
    assert answer.headers["x-amzn-waf-action"] == "challenge"


async def test_a_captcha_is_answered_at_once(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        answer = await session.open(f"{stand_in.origin}/captcha")
    assert answer.status == 405
    assert stand_in.count("/captcha") == 1


async def test_a_challenge_is_seen_by_a_fetch_too(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        answer = await session.fetch(f"{stand_in.origin}/never-passed")
    assert answer.status == 202
    assert answer.headers["x-amzn-waf-action"] == "challenge"


async def test_alerts_popups_and_service_workers_come_to_nothing(start_pool, stand_in):
    pool, started = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        answer = await session.open(f"{stand_in.origin}/nuisance")
        again = await session.open(f"{stand_in.origin}/list")
    assert (orjson.loads(answer.captured)["title"], orjson.loads(again.captured)["title"]) == ("nuisance", "/list")
    await pool.settled()
    assert started.last.browser.contexts == []
    assert "/worker.js" not in stand_in.asked


async def test_a_file_is_no_page(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        with pytest.raises(PageDrifted, match="a file"):
            await session.open(f"{stand_in.origin}/download")


async def test_a_page_that_breaks_off_is_not_taken_for_the_whole(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        with pytest.raises(OriginUnreachable):
            await session.open(f"{stand_in.origin}/broken")
        await session.open(f"{stand_in.origin}/list")
        with pytest.raises(OriginUnreachable):
            await session.fetch(f"{stand_in.origin}/broken")


async def test_an_answer_without_a_page_is_the_sites_fault(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        with pytest.raises(OriginUnreachable, match="without a page"):
            await session.open(f"{stand_in.origin}/no-page")


async def test_a_site_that_is_away_is_named_unreachable(start_pool, stand_in, free_port):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        with pytest.raises(OriginUnreachable):
            await session.fetch(f"http://127.0.0.1:{free_port}/")
    away = replace(stand_in.site(), origin=f"http://127.0.0.1:{free_port}")
    async with pool.lend(away) as session:
        with pytest.raises(OriginUnreachable, match="ERR_CONNECTION_REFUSED"):
            await session.open(f"{away.origin}/list")


async def test_a_page_that_does_not_come_in_time_is_given_up(start_pool, stand_in):
    pool, _ = await start_pool(deadlines=Deadlines(navigation=0.4))
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        with pytest.raises(PageTimeout):
            await session.fetch(f"{stand_in.origin}/slow")
        with pytest.raises(PageTimeout):
            await session.open(f"{stand_in.origin}/slow")


async def test_a_page_that_fetched_very_much_has_to_be_left_for_the_next(start_pool, stand_in):
    pool, _ = await start_pool(deadlines=Deadlines())
    async with pool.lend(stand_in.site(capture="(source) => 'much'")) as session:

        async def fetch_on(most: int) -> None:
            while stand_in.count("/large") < most:
                await session.fetch(f"{stand_in.origin}/large")

        await session.open(f"{stand_in.origin}/list")
        await fetch_on(3)
        with pytest.raises(PageDrifted, match="Enough"):
            await fetch_on(6)
        await session.open(f"{stand_in.origin}/list")
        assert (await session.fetch(f"{stand_in.origin}/other")).status == 200
