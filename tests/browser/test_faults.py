"""Browsers that are killed, frozen, crashed or kept busy, and what a job notices of it."""

import asyncio
import os
import signal

import orjson
import psutil
import pytest
import uvloop
from prometheus_client import Counter

import light_browser
from warm_pool import warm_up
from watchsync.browser.chromium import Deadlines
from watchsync.browser.retirement import Retirement
from watchsync.errors import BrowserLost, PageTimeout, PoolExhausted

ENDLESS = "(source) => { for (;;) {} }"
SHORTLY_EVALUATED = Deadlines(navigation=60, evaluate=0.5)


def restarts(metrics) -> dict[str, int]:
    counter: Counter = metrics.browser_restarts
    samples = counter.collect()[0].samples
    return {sample.labels["reason"]: int(sample.value) for sample in samples if sample.value}


async def reads_a_page(pool, stand_in) -> bool:
    async with pool.lend(stand_in.site()) as session:
        status = (await session.open(f"{stand_in.origin}/list")).status
    await pool.settled()
    return status == 200


def family(chromium) -> list[psutil.Process]:
    browser = psutil.Process(chromium.pid)
    return [browser, *browser.children(recursive=True), psutil.Process(browser.ppid())]


async def gone(processes) -> None:
    """Wait, in a thread, until all are dead; the test's own timeout bounds it."""
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=60)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def kill(chromium) -> None:
    os.kill(chromium.pid, signal.SIGKILL)


SHORT = Deadlines(evaluate=0.5, context=2, close=2, navigation=1, heartbeat_every=0.2, heartbeat=0.5)


def hasten(chromium, deadlines=SHORT) -> None:
    """Have little patience with this browser alone, for it will not answer."""
    chromium._deadlines = deadlines


def freeze(chromium) -> None:
    hasten(chromium)
    os.killpg(chromium.pid, signal.SIGSTOP)


def kill_driver(chromium) -> None:
    psutil.Process(chromium.pid).parent().kill()


def freeze_driver(chromium) -> None:
    hasten(chromium)
    psutil.Process(chromium.pid).parent().suspend()


@pytest.mark.parametrize(
    ("strike", "reason"),
    [(kill, "crashed"), (freeze, "hung"), (kill_driver, "driver"), (freeze_driver, "hung")],
)
async def test_only_the_running_job_notices_the_end_of_its_browser(start_pool, stand_in, metrics, strike, reason):
    pool, started = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        job = asyncio.create_task(session.open(f"{stand_in.origin}/slow"))
        await stand_in.came.wait()
        processes = family(started.last)
        strike(started.last)
        with pytest.raises(BrowserLost):
            await job
        assert await reads_a_page(pool, stand_in)
    assert len(started.all) == 2
    await pool.settled()
    assert restarts(metrics) == {reason: 1}
    assert pool.health.lent == 0
    await gone(processes)


async def test_a_browser_that_freezes_while_nobody_uses_it_is_replaced(start_pool, stand_in, metrics):
    pool, started = await start_pool()
    await warm_up(pool)
    freeze(started.last)
    await started.last.died.wait()
    assert await reads_a_page(pool, stand_in)
    assert restarts(metrics) == {"hung": 1}


async def test_a_crashed_renderer_costs_one_job_and_no_browser(start_pool, stand_in):
    pool, started = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        job = asyncio.create_task(session.fetch(f"{stand_in.origin}/slow"))
        await stand_in.came.wait()
        for process in psutil.Process(started.last.pid).children(recursive=True):
            if "--type=renderer" in process.cmdline():
                process.kill()
        with pytest.raises(BrowserLost):
            await job
    assert await reads_a_page(pool, stand_in)
    assert len(started.all) == 1


async def test_an_endless_script_costs_one_job_and_no_browser(start_pool, stand_in):
    pool, started = await start_pool()
    async with pool.lend(stand_in.site(capture=ENDLESS)) as looping, pool.lend(stand_in.site()) as other:
        looping._deadlines = SHORTLY_EVALUATED
        with pytest.raises(PageTimeout):
            await looping.open(f"{stand_in.origin}/list")
        assert (await other.open(f"{stand_in.origin}/list")).status == 200
    assert await reads_a_page(pool, stand_in)
    assert len(started.all) == 1


async def test_a_job_cancelled_at_any_moment_leaves_nothing_behind(start_pool, stand_in):
    pool, started = await start_pool(slots=1)
    await warm_up(pool)
    cdp = await started.last.browser.new_browser_cdp_session()
    for milliseconds in range(0, 100, 5):
        job = asyncio.create_task(reads_a_page(pool, stand_in))
        await asyncio.sleep(milliseconds / 1000)  # the moment, not a wait
        job.cancel()
        await asyncio.wait({job})
        assert await reads_a_page(pool, stand_in)
        targets = (await cdp.send("Target.getTargets"))["targetInfos"]
        assert [target["url"] for target in targets if target["type"] == "page"] == []
        assert started.last.browser.contexts == []
    assert len(started.all) == 1


async def test_a_job_cancelled_while_a_page_is_slow_gives_its_slot_back(start_pool, stand_in, metrics):
    pool, started = await start_pool(slots=1)

    async def slow() -> None:
        async with pool.lend(stand_in.site()) as session:
            await session.open(f"{stand_in.origin}/slow")

    job = asyncio.create_task(slow())
    await stand_in.came.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await pool.settled()
    assert (pool.health.lent, metrics.registry.get_sample_value("watchsync_browser_contexts")) == (0, 0)
    assert started.last.browser.contexts == []


async def test_who_waits_too_long_for_a_slot_is_told(start_pool, stand_in):
    pool, _ = await start_pool(slots=1, wait_seconds=0.05)
    async with pool.lend(stand_in.site()):
        with pytest.raises(PoolExhausted):
            await reads_a_page(pool, stand_in)
    await pool.settled()
    assert await reads_a_page(pool, stand_in)


async def test_slots_are_lent_in_the_order_in_which_they_were_asked_for(start_pool, stand_in):
    pool, _ = await start_pool(slots=1)
    served: list[int] = []

    async def take(number: int) -> None:
        async with pool.lend(stand_in.site()):
            served.append(number)

    await asyncio.gather(*(take(number) for number in range(5)))
    assert served == [0, 1, 2, 3, 4]


async def test_a_retired_browser_finishes_its_job_while_a_new_one_takes_over(start_pool, stand_in, metrics):
    pool, started = await start_pool(retirement=Retirement(contexts=2))
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        assert await reads_a_page(pool, stand_in)
        assert await reads_a_page(pool, stand_in)
        assert len(started.all) == 2
        assert (await session.fetch(f"{stand_in.origin}/list")).status == 200
        old = family(started.all[0])
    await gone(old)
    assert restarts(metrics) == {"pages": 1}


async def test_a_browser_that_grew_too_large_is_retired(start_pool, stand_in, metrics):
    pool, started = await start_pool(retirement=Retirement(memory_bytes=1), look_seconds=0.01)
    async with pool.lend(stand_in.site()) as session:
        while not metrics.registry.get_sample_value("watchsync_browser_memory_bytes"):
            await session.open(f"{stand_in.origin}/list")
    await started.last.died.wait()
    assert restarts(metrics) == {"memory": 1}


async def test_leaving_the_pool_leaves_no_process(start_pool, stand_in, metrics):
    pool, started = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        pool.retire("age")
        assert await reads_a_page(pool, stand_in)
        processes = [process for chromium in started.all for process in family(chromium)]
    await pool.__aexit__(None, None, None)
    await gone(processes)


WITHOUT_A_BEAT = Deadlines(launch=60, context=60, navigation=60, evaluate=60, close=30, heartbeat_every=600)
"""No heartbeat comes in time: what a call notices by itself."""


async def test_a_lending_that_meets_a_frozen_browser_is_given_the_next_one(start_pool, stand_in, metrics):
    pool, started = await start_pool(deadlines=WITHOUT_A_BEAT)
    await warm_up(pool)
    freeze(started.last)
    assert await reads_a_page(pool, stand_in)
    assert (len(started.all), restarts(metrics)) == (2, {"hung": 1})


@pytest.mark.parametrize("call", ["open", "fetch", "close"])
async def test_a_browser_that_hangs_in_a_call_is_replaced_without_a_heartbeat(start_pool, stand_in, metrics, call):
    pool, started = await start_pool(deadlines=WITHOUT_A_BEAT)
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        freeze(started.last)
        session._deadlines = pool._deadlines = SHORT
        if call != "close":
            with pytest.raises(BrowserLost):
                await getattr(session, call)(f"{stand_in.origin}/list")
    await pool.settled()
    pool._deadlines = WITHOUT_A_BEAT
    assert pool.health.lent == 0
    assert await reads_a_page(pool, stand_in)
    assert restarts(metrics) == {"hung": 1}


async def test_the_end_of_the_gpu_process_costs_nothing(start_pool, stand_in, metrics):
    pool, started = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        gpu = [each for each in family(started.last) if "--type=gpu-process" in each.cmdline()]
        for process in gpu:
            process.kill()
        await gone(gpu)
        assert gpu
        assert (await session.open(f"{stand_in.origin}/list")).status == 200
    assert restarts(metrics) == {}


async def test_a_dead_browser_is_followed_before_anybody_asks(start_pool, stand_in, metrics):
    pool, started = await start_pool()
    assert await reads_a_page(pool, stand_in)
    kill(started.last)
    await started.last.died.wait()
    while not pool.health.is_well or len(started.all) == 1:
        await asyncio.sleep(0.01)
    assert (pool.health.is_well, pool.health.restarts) == (True, 1)


async def test_several_fetches_may_be_under_way_in_one_session(start_pool, stand_in):
    pool, _ = await start_pool()
    async with pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        found = await asyncio.gather(*(session.fetch(f"{stand_in.origin}/{number}") for number in range(4)))
    assert [orjson.loads(answer.captured)["title"] for answer in found] == ["/0", "/1", "/2", "/3"]


def test_a_call_after_the_death_of_the_driver_is_a_lost_browser():
    """On the loop that the worker runs on: it has words of its own for a driver that is gone."""

    async def calls() -> None:
        chromium = await light_browser.launcher()()
        try:
            kill_driver(chromium)
            os.waitid(os.P_PID, chromium.root_pids[0], os.WEXITED | os.WNOWAIT)  # before the loop hears of it
            for _ in range(20):
                with pytest.raises(BrowserLost):
                    await chromium.call(chromium.browser.new_context(), 5, "new context")
        finally:
            await chromium.close()

    uvloop.run(calls())
