"""What is left of a browser's processes, whoever dies first: nothing."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from browser.modes import SHELL_FIRST

TESTS = Path(__file__).parents[1]
ALONE = [sys.executable, str(Path(__file__).with_name("pool_process.py"))]
AS_FIRST = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="only root may make a namespace of processes"
)


class Alone:
    """A pool in a process of its own."""

    def __init__(self, *before: str, mode: str = "shell") -> None:
        self.process = subprocess.Popen(
            [*before, *ALONE, mode],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    async def says(self):
        line = await asyncio.to_thread(self.process.stdout.readline)
        return json.loads(line)

    def told(self, what: str) -> None:
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()


@pytest.fixture
def alone():
    started: list[Alone] = []

    def start(*before: str, **options: str) -> Alone:
        started.append(Alone(*before, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


def folders() -> set[Path]:
    return {path for path in Path(tempfile.gettempdir()).iterdir() if path.name.startswith(("watchsync-b", "playw"))}


@as_root
@pytest.mark.parametrize("what", ["nothing", "driver", "browser"])
async def test_as_the_first_process_of_a_container_it_leaves_no_zombie(alone, what):
    program = alone(*AS_FIRST)
    assert len(await program.says()) > 3
    program.told(what)
    assert await program.says() == []
    assert program.process.wait(60) == 0


@pytest.mark.parametrize("mode", SHELL_FIRST)
async def test_a_worker_that_is_killed_takes_its_browser_with_it(alone, mode):
    program = alone(mode=mode)
    await program.says()
    processes = psutil.Process(program.process.pid).children(recursive=True)
    program.process.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=60)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("what", ["driver", "browser"])
async def test_nothing_stays_on_the_disk(alone, what):
    program = alone()
    await program.says()
    mine = {path for path in folders() if any(str(path) in part for part in commands(program))}
    assert mine
    program.told(what)
    assert await program.says() == []
    assert mine & folders() == set()


def commands(program: Alone) -> list[str]:
    parts: list[str] = []
    for each in psutil.Process(program.process.pid).children(recursive=True):
        with suppress(psutil.Error):  # one that ended by itself
            parts += each.cmdline()
    return parts
