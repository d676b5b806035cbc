"""Starting a browser, connecting to one that runs elsewhere, and starts that fail."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import light_browser
from warm_pool import warm_up
from watchsync.browser.chromium import Deadlines
from watchsync.browser.pool import Pool
from watchsync.errors import BrowserLost, BrowserUnavailable


@pytest.fixture
def elsewhere(tmp_path):
    """The CDP address of a browser that we did not start, and its process."""
    flags = ["--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}", "about:blank"]
    browser = subprocess.Popen([light_browser.program(), *flags], stderr=subprocess.PIPE, text=True)
    lines = iter(browser.stderr)
    address = next(line for line in lines if line.startswith("DevTools listening on ")).split()[-1]
    yield address, browser
    browser.kill()
    browser.wait()
    browser.stderr.close()


def running() -> set[psutil.Process]:
    """The processes below this one, without those that have ended and are yet to be reaped."""
    found = psutil.Process().children(recursive=True)
    return {process for process in found if is_alive(process)}


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def left_nothing(before: set[psutil.Process]) -> None:
    """Return once only those run that ran before; a driver that came too late is ended when it is there."""
    async with asyncio.timeout(60):
        while running() - before:
            await asyncio.sleep(0.01)


async def test_a_browser_elsewhere_is_used_and_outlives_us(elsewhere, stand_in, metrics):
    address, browser = elsewhere
    async with (
        Pool(light_browser.launcher(url=address), metrics, slots=1) as pool,
        pool.lend(stand_in.site()) as session,
    ):
        assert (await session.open(f"{stand_in.origin}/list")).status == 200
    assert browser.poll() is None


async def test_the_end_of_a_browser_elsewhere_is_noticed(elsewhere, stand_in, metrics):
    address, browser = elsewhere
    async with Pool(light_browser.launcher(url=address), metrics, slots=1) as pool:
        async with pool.lend(stand_in.site()) as session:
            job = asyncio.create_task(session.open(f"{stand_in.origin}/slow"))
            await stand_in.came.wait()
            browser.kill()
            with pytest.raises(BrowserLost):
                await job
        with pytest.raises(BrowserUnavailable):
            await warm_up(pool)


async def test_what_is_no_browser_is_unavailable_and_leaves_no_driver():
    before = running()
    with pytest.raises(BrowserUnavailable, match="did not start"):
        await light_browser.launcher(path=Path("/bin/false"))()
    await left_nothing(before)


async def test_a_browser_that_never_comes_up_is_given_up_and_killed(tmp_path):
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 1000\n")
    silent.chmod(0o755)
    before = running()
    with pytest.raises(BrowserUnavailable):
        await light_browser.launcher(path=silent, deadlines=Deadlines(launch=5))()
    await left_nothing(before)


async def test_a_browser_behind_a_script_is_killed_with_its_group(stand_in, metrics, tmp_path):
    wrapper = tmp_path / "my-browser"
    wrapper.write_text(f'#!/bin/sh\n{light_browser.program()} "$@"\n')
    wrapper.chmod(0o755)
    async with (
        Pool(light_browser.launcher(path=wrapper), metrics, slots=1) as pool,
        pool.lend(stand_in.site()) as session,
    ):
        await session.open(f"{stand_in.origin}/list")
        script = psutil.Process(session._chromium.pid).parent()
        assert script.name() == "my-browser"
    assert not script.is_running()


@pytest.mark.parametrize("command", ["Target.setAutoAttach", "Browser.getVersion", "Network.setBlockedURLs"])
async def test_a_browser_too_old_for_what_we_ask_of_it_is_no_browser_and_no_job_is_tried(tmp_path, metrics, command):
    old = tmp_path / "old"
    program = Path(__file__).with_name("old_browser.py")
    old.write_text(f'#!/bin/sh\nexec {sys.executable} {program} {light_browser.program()} {command} "$@"\n')
    old.chmod(0o755)
    before = running()
    async with Pool(light_browser.launcher(path=old), metrics, slots=1) as pool:
        with pytest.raises(BrowserUnavailable):
            await warm_up(pool)
        assert not pool.is_available()
    await left_nothing(before)


async def test_a_file_that_cannot_be_executed_is_named(tmp_path, metrics):
    text = tmp_path / "browser"
    text.write_text("no program")
    text.chmod(0o755)
    async with Pool(light_browser.launcher(path=text), metrics, slots=1) as pool:
        with pytest.raises(BrowserUnavailable, match="did not start"):
            await warm_up(pool)
