"""A pool in a process of its own: it says what runs, is told what to kill_processes, closes, and says what is left."""

import asyncio
import json
import sys

import psutil

import light_browser
from watchsync import logs
from watchsync.browser.pool import Pool
from watchsync.metrics import Metrics


def below() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def kill_processes(what: str) -> None:
    """Choose before the first one is killed: its children go with it while they are looked at."""
    for process in [each for each in below() if kind(each) == what]:
        process.kill()


def kind(process: psutil.Process) -> str:
    try:
        command = process.cmdline()
    except psutil.Error:  # it ended by itself
        return "gone"
    if "run-driver" in command:
        return "driver"
    return "child" if any(part.startswith("--type=") for part in command) else "browser"


async def main(mode: str = "shell") -> None:
    logs.configure("error", "json")
    async with Pool(light_browser.launcher(mode=mode), Metrics(), slots=1) as pool:
        await pool._supervisor.ready()
        print(json.dumps([process.pid for process in below()]), flush=True)
        what = (await asyncio.to_thread(sys.stdin.readline)).strip()
        restarts = pool.health.restarts
        kill_processes(what)
        while what != "nothing" and pool.health.restarts == restarts:
            await asyncio.sleep(0.01)
        await pool._supervisor.ready()
    print(json.dumps([(process.pid, process.name(), process.status()) for process in below()]), flush=True)


asyncio.run(main(*sys.argv[1:]))
