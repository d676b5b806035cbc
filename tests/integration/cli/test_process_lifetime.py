"""How a command ends when it is asked to."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PROGRAM = """
import asyncio, gc, sys
from contextlib import asynccontextmanager
from watchsync.cli.process_lifetime import run

@asynccontextmanager
async def part(leave_seconds):
    try:
        yield
    finally:
        print("fatal_exit", flush=True)
        await asyncio.sleep(leave_seconds)
        print("left", flush=True)

async def waits(stop):
    async with part(0):
        print("up", flush=True)
        await stop.wait()

async def starts(stop):
    async with part(0):
        print("up", flush=True)
        await asyncio.sleep(60)

async def hangs(stop):
    async with part(60):
        print("up", flush=True)
        await stop.wait()

async def hurries(stop):
    hurried = asyncio.Event()
    stop.on_second_signal(hurried.set)
    async with part(0):
        print("up", flush=True)
        await stop.wait()
        print("slowly", flush=True)
        await hurried.wait()

async def hurries_in_vain(stop):
    stop.on_second_signal(lambda: print("hurried", flush=True))
    await hangs(stop)

async def works(stop):
    async with part(0):
        async def work():
            print("up", flush=True)
            await asyncio.sleep(60)
        print(await stop.unless(work()), flush=True)

async def finishes(stop):
    async def work():
        return "done"
    print(await stop.unless(work()), flush=True)

async def makes_objects(stop):
    looked = gc.get_stats()[0]["collections"]
    made = [[] for _ in range(5_000)]
    print(gc.get_stats()[0]["collections"] - looked, flush=True)

sys.exit(run(globals()[sys.argv[1]]))
"""


@contextmanager
def running(what: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def rest(process: subprocess.Popen[str]) -> tuple[list[str], int]:
    assert process.stdout
    return process.stdout.read().split(), process.wait(50)


def test_a_signal_ends_the_waiting_and_everything_is_left_in_order():
    for number in (signal.SIGTERM, signal.SIGINT):
        with running("waits") as process:
            assert said(process) == "up"
            process.send_signal(number)
            assert rest(process) == (["fatal_exit", "left"], 0)


def test_a_signal_while_something_starts_cancels_it_and_is_told_from_an_ordinary_end():
    for number in (signal.SIGTERM, signal.SIGINT):
        with running("starts") as process:
            assert said(process) == "up"
            process.send_signal(number)
            assert rest(process) == (["fatal_exit", "left"], 128 + number)


def test_a_second_signal_leaves_at_once():
    with running("hangs") as process:
        assert said(process) == "up"
        process.send_signal(signal.SIGTERM)
        assert said(process) == "fatal_exit"
        process.send_signal(signal.SIGTERM)
        assert rest(process) == ([], 143)


def test_a_second_signal_hurries_who_asked_for_it_and_everything_is_left_in_order():
    with running("hurries") as process:
        assert said(process) == "up"
        process.send_signal(signal.SIGTERM)
        assert said(process) == "slowly"
        process.send_signal(signal.SIGTERM)
        assert rest(process) == (["fatal_exit", "left"], 0)


def test_a_second_signal_leaves_soon_whoever_hurries():
    with running("hurries_in_vain") as process:
        assert said(process) == "up"
        process.send_signal(signal.SIGTERM)
        assert said(process) == "fatal_exit"
        process.send_signal(signal.SIGTERM)
        assert rest(process) == (["hurried"], 143)


def test_a_third_signal_leaves_at_once():
    with running("hurries_in_vain") as process:
        assert said(process) == "up"
        process.send_signal(signal.SIGTERM)
        assert said(process) == "fatal_exit"
        process.send_signal(signal.SIGTERM)
        assert said(process) == "hurried"
        process.send_signal(signal.SIGTERM)
        assert rest(process) == ([], 143)


def test_a_signal_gives_up_work_that_is_under_way():
    with running("works") as process:
        assert said(process) == "up"
        process.send_signal(signal.SIGTERM)
        assert rest(process) == (["None", "fatal_exit", "left"], 0)


def test_work_that_ends_by_itself_answers():
    with running("finishes") as process:
        assert rest(process) == (["done"], 0)


def test_a_page_full_of_objects_does_not_set_the_garbage_collector_off():
    with running("makes_objects") as process:
        assert int(said(process)) <= 1
