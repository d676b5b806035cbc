"""A page that makes itself a burden costs its own attempt, and not that of its neighbour on the same browser."""

import asyncio
from dataclasses import replace

import pytest

import light_browser
from browser.conftest import PATIENT
from browser.modes import SHELL_FIRST
from tiers import in_full
from watchsync.browser.pool import Pool
from watchsync.errors import BrowserLost, WatchsyncError

SHORT = replace(PATIENT, navigation=3, evaluate=3)
WHEN_READ = "setInterval(() => { if (navigator.userActivation.isActive) %s }, 1)"
"""We read a page as if somebody had clicked on it, so that it may do then what it may not do by itself."""
BURDENS = {
    "alerts": "for (;;) alert('hello')",
    "questions": "for (;;) { confirm('leave?'); prompt('name?') }",
    "prints": "for (;;) print()",
    "popups": "setInterval(() => open('/popup'), 0)",
    "popups when read": WHEN_READ % "open('/popup')",
    "other programs": WHEN_READ % "location.href = 'mailto:somebody@example.invalid'",
    "heap": "const kept = []; for (;;) kept.push(new Array(1e5).fill({}).map(() => ({a: Math.random()})))",
    "frames": "setInterval(() => document.body.append(document.createElement('iframe')), 0)",
    "files": "setInterval(() => Object.assign(document.createElement('a'), {href: 'data:,x', download: 'x'}).click())",
    "full screen": WHEN_READ % "document.documentElement.requestFullscreen()",
    "file picker": WHEN_READ % "document.querySelector('input').click()",
}
IN_TEST = ("alerts", "popups when read", "other programs")


@pytest.mark.parametrize("mode", SHELL_FIRST)
@pytest.mark.parametrize("burden", [*IN_TEST, *in_full(sorted(BURDENS.keys() - IN_TEST))])
async def test_a_burden_costs_its_own_attempt_alone(stand_in, metrics, monkeypatch, tmp_path, mode, burden):
    opened = tmp_path / "opened"
    opener = tmp_path / "xdg-open"
    opener.write_text(f"#!/bin/sh\ntouch {opened}\n")
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    stand_in.burden = f"document.write('<input type=file>'); {BURDENS[burden]}"
    launch = light_browser.launcher(mode=mode, deadlines=PATIENT)
    async with Pool(launch, metrics, slots=2, deadlines=PATIENT) as pool:
        async with pool.lend(stand_in.site()) as neighbour:
            async with pool.lend(stand_in.site()) as hostile:
                hostile._deadlines = SHORT
                opening = asyncio.ensure_future(hostile.open(f"{stand_in.origin}/burden"))
                await stand_in.came.wait()
                for _ in range(5):
                    assert (await neighbour.open(f"{stand_in.origin}/list")).status == 200
                await asyncio.wait({opening})
                assert opening.exception() is None or isinstance(opening.exception(), WatchsyncError)
                assert len(hostile._context.pages) <= 2  # one more may be about to be closed
            assert (await neighbour.open(f"{stand_in.origin}/list")).status == 200
            assert (await neighbour.fetch(f"{stand_in.origin}/list")).status == 200
        await pool.settled()
        assert pool.health.restarts == 0
    assert not opened.exists()


async def test_a_page_whose_scripts_take_too_much_memory_ends_alone(start_pool, stand_in):
    pool, started = await start_pool()
    stand_in.burden = BURDENS["heap"]
    async with pool.lend(stand_in.site()) as hostile, pool.lend(stand_in.site()) as neighbour:
        with pytest.raises(BrowserLost, match="page crashed"):
            await hostile.open(f"{stand_in.origin}/burden")
        assert (await neighbour.open(f"{stand_in.origin}/list")).status == 200
    assert len(started.all) == 1
