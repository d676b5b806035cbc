"""Each mode: what the browser says of itself, what its processes know, and what is left of them."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import light_browser
from browser.modes import EACH_MODE, SHELL_FIRST
from watchsync.browser.chromium import Deadlines
from watchsync.browser.places import place
from watchsync.browser.pool import Pool
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Show, Size
from watchsync.errors import ChallengeUnsolved
from watchsync.imdb.browser_reader import BrowserReader
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.refs import ListRef

PATIENT = Deadlines(launch=60, context=60, navigation=60, evaluate=60, heartbeat=20)
LIST = ListRef.parse("ur10000003")
HEADED = [mode for mode in EACH_MODE if mode.values == ("headed",)]
KNOWN = {
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DISPLAY", "XAUTHORITY", "NODE_OPTIONS",
    "NODE_COMPILE_CACHE", "PLAYWRIGHT_BROWSERS_PATH", "PW_LANG_NAME",
}  # fmt: skip


def below() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def knowledge(process: psutil.Process) -> dict[str, str]:
    """The environment that a process was started with; nothing of one that is forked and renamed."""
    lines = Path(f"/proc/{process.pid}/environ").read_bytes().decode(errors="replace").split("\0")
    named = (line.split("=", 1) for line in lines if "=" in line)
    return {name: value for name, value in named if name.isidentifier()}  # Chromium writes its title over some of them


def locks_holder(number: str) -> int | None:
    """Whose display that is; its number may be somebody else's by now."""
    lock = Path(f"/tmp/.X{number[1:]}-lock")
    return int(lock.read_text()) if lock.exists() else None


@pytest.mark.parametrize("mode", EACH_MODE)
async def test_the_browser_is_what_it_says_it_is(stand_in, metrics, mode):
    launch = light_browser.launcher(mode=mode, deadlines=PATIENT)
    async with Pool(launch, metrics, slots=1, deadlines=PATIENT) as pool, pool.lend(stand_in.site()) as session:
        await session.open(f"{stand_in.origin}/list")
        chromium = session._chromium
        says = await session._page.evaluate("[navigator.userAgent, navigator.userAgentData.brands.map((b) => b.brand)]")
    headers, major = stand_in.headers[0], chromium.browser.version.partition(".")[0]
    product = "Chrome" if mode == "headed" else "HeadlessChrome"
    assert f" {product}/{major}." in headers["User-Agent"]
    assert ("HeadlessChrome" in headers["Sec-CH-UA"]) is (mode == "shell")
    assert f'"Chromium";v="{major}"' in headers["Sec-CH-UA"]
    assert says[0] == headers["User-Agent"]
    assert all(brand in headers["Sec-CH-UA"] for brand in says[1])
    assert chromium.around.mode == mode


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
@pytest.mark.parametrize("mode", SHELL_FIRST)
async def test_the_programs_below_know_nothing_of_our_environment(monkeypatch, mode):
    for name in ("WATCHSYNC_TMDB_TOKEN", "REDIS_URL", "HTTPS_PROXY", "DISPLAY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a-secret")
    before = set(below())
    chromium = await light_browser.launcher(mode=mode, deadlines=PATIENT)()
    try:
        programs = {each.name(): knowledge(each) for each in set(below()) - before}
    finally:
        await chromium.close()
    assert len(programs) >= (3 if mode == "headed" else 2)
    assert "a-secret" not in str(programs)
    for known in programs.values():  # Chromium adds names of its own for its children
        assert {name for name, value in known.items() if os.environ.get(name) == value} <= KNOWN


@pytest.mark.parametrize("mode", HEADED)
async def test_windows_are_on_a_display_of_their_own_and_go_with_it(monkeypatch, mode):
    monkeypatch.setenv("DISPLAY", ":77")
    before = set(below())
    launch = light_browser.launcher(mode=mode, deadlines=PATIENT)
    chromium, other = await launch(), await launch()
    displays = [each for each in below() if each.name() == "Xvfb"]
    pids = {each.pid for each in displays}
    numbers = {knowledge(psutil.Process(each.pid))["DISPLAY"] for each in (chromium, other)}
    assert (len(displays), len(numbers)) == (2, 2)
    assert ":77" not in numbers
    assert all("-nolisten" in each.cmdline() and "-auth" in each.cmdline() for each in displays)
    await chromium.close()
    await other.close()
    assert set(below()) <= before
    assert not pids & {locks_holder(number) for number in numbers}


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.full)])
@pytest.mark.parametrize("mode", HEADED)
async def test_a_display_that_dies_or_freezes_takes_its_browser_along_and_the_next_has_one_of_its_own(
    stand_in, metrics, mode, number
):
    before = set(below())
    watchful = replace(PATIENT, heartbeat_every=0.1, heartbeat=3)
    launch = light_browser.launcher(mode=mode, deadlines=watchful)
    async with Pool(launch, metrics, slots=1, deadlines=watchful) as pool:
        async with pool.lend(stand_in.site()) as session:
            await session.open(f"{stand_in.origin}/list")
            first = session._chromium
        os.kill(first.around.display.pid, number)
        await first.died.wait()
        async with pool.lend(stand_in.site()) as session:
            assert (await session.open(f"{stand_in.origin}/list")).status == 200
            assert session._chromium is not first
    assert set(below()) <= before


@pytest.mark.parametrize("mode", EACH_MODE)
async def test_a_check_on_a_host_of_its_own_that_turns_headless_browsers_away_lets_only_windows_in(
    client, metrics, mode
):
    async with standing_in(size=Size.SMALL, has_foreign_challenge=True) as sites:
        sites.control.set(str(LIST), Show.CHALLENGE)
        sites.control.turns_headless_away = True
        check = place(sites.challenge_url)
        launch = light_browser.launcher(mode=mode, reachable=(place(sites.imdb_url), check), deadlines=PATIENT)
        async with Pool(launch, metrics, slots=1, deadlines=Deadlines(challenge=5)) as pool:
            limiter = RateLimiter(client, metrics, host="stand-in", interval_seconds=0)
            reader = BrowserReader(pool, limiter, metrics, origin=sites.imdb_url, check_places=(check,))
            if mode == "headed":
                assert (await reader.read(LIST, lambda _: None)).is_whole
            else:
                with pytest.raises(ChallengeUnsolved):
                    await reader.read(LIST, lambda _: None)
        assert sites.control.served["verify"] >= 1
