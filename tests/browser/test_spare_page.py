"""A context that is made before anybody asks for it is as good as one that is made then."""

import asyncio
import os
import signal
from contextlib import suppress

import orjson
import psutil
import pytest

from watchsync.errors import BrowserLost


async def read(pool, stand_in, path="/list"):
    async with pool.lend(stand_in.site()) as session:
        answer = await session.open(f"{stand_in.origin}{path}")
    await pool.settled()
    return answer


def contexts(started):
    return started.last.browser.contexts


def renderers(chromium):
    children = psutil.Process(chromium.pid).children(recursive=True)
    return [child for child in children if "--type=renderer" in child.cmdline()]


async def test_the_next_lending_has_the_context_that_was_made_when_the_last_came_back(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True)
    await read(pool, stand_in, "/list?mine")
    (made,) = contexts(started)
    async with pool.lend(stand_in.site()) as session:
        assert contexts(started) == [made]
        answer = await session.open(f"{stand_in.origin}/list")
    assert orjson.loads(answer.captured)["cookies"] == "list="
    await pool.settled()
    assert made not in contexts(started)


async def test_contexts_that_are_lent_and_the_one_that_is_made_are_never_more_than_slots(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True, slots=2)
    await read(pool, stand_in)
    async with pool.lend(stand_in.site()), pool.lend(stand_in.site()):
        assert len(contexts(started)) == 2
    await pool.settled()
    assert len(contexts(started)) == 1


async def test_who_comes_while_it_is_being_made_waits_for_it(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True, slots=1)
    for _ in range(3):
        async with pool.lend(stand_in.site()) as session:
            await session.open(f"{stand_in.origin}/list")
            assert len(contexts(started)) == 1


async def test_one_whose_page_crashed_meanwhile_is_not_lent(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True)
    await read(pool, stand_in)
    (page,) = contexts(started)[0].pages
    async with page.expect_event("crash"):
        for renderer in renderers(started.last):
            os.kill(renderer.pid, signal.SIGKILL)
    assert (await read(pool, stand_in)).status == 200
    assert len(started.all) == 1


async def test_one_whose_page_dies_just_as_it_is_lent_is_the_browsers_fault_and_not_the_sites(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True)
    await read(pool, stand_in)
    for renderer in renderers(started.last):
        os.kill(renderer.pid, signal.SIGKILL)
    with suppress(BrowserLost):  # unless the crash is heard of before it is lent
        await read(pool, stand_in)
    await pool.settled()
    assert (await read(pool, stand_in)).status == 200


async def test_one_whose_browser_died_meanwhile_is_forgotten(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True)
    await read(pool, stand_in)
    os.kill(started.last.pid, signal.SIGKILL)
    await started.last.died.wait()
    assert (await read(pool, stand_in)).status == 200
    assert (len(started.all), len(contexts(started))) == (2, 1)


async def test_one_that_was_made_before_the_pass_was_had_is_closed(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True, slots=2)
    async with pool.lend(stand_in.site()) as session:
        async with pool.lend(stand_in.site()):
            pass
        while len(contexts(started)) < 2:
            await asyncio.sleep(0)
        await session.open(f"{stand_in.origin}/checked")
    await pool.settled()
    answer = await read(pool, stand_in, "/checked")
    assert "aws-waf-token=good" in orjson.loads(answer.captured)["cookies"]
    assert stand_in.count("/checked") == 3
    assert len(contexts(started)) == 1


async def test_a_job_that_is_cancelled_while_it_waits_for_it_leaves_nothing(start_pool, stand_in):
    pool, started = await start_pool(keeps_spare=True, slots=1)

    async def lend():
        async with pool.lend(stand_in.site()):
            pytest.fail("it was cancelled before")

    async with pool.lend(stand_in.site()):
        (first,) = contexts(started)
        waiting = asyncio.create_task(lend())
    while not (made := [context for context in contexts(started) if context is not first]):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    await pool.settled()
    assert (waiting.cancelled(), pool.lent, len(contexts(started))) == (True, 0, 1)
    assert made[0] not in contexts(started)
    assert (await read(pool, stand_in)).status == 200
