"""How is any queue driven in the same manner? Each program names its three parts; this runs them and keeps the time.

Uses the standard library alone, since every peer runs it inside an environment of its own.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Do = Callable[[int], Awaitable[str]]
"""The work of one job: takes its number, answers what the queue is to keep as its result."""
_BATCH = 100


class Asker(Protocol):
    """What puts jobs into a queue over connections that are open."""

    async def one(self, number: int) -> None:
        """Put in one job, and return when the queue has it."""

    async def many(self, numbers: Sequence[int]) -> None:
        """Put in many at once; a program without such a way lacks this method."""


@dataclass(frozen=True)
class Program:
    """One queue: how jobs get in, how a worker runs for ever, how many jobs are unfinished, what a job left behind."""

    asking: Callable[[str, argparse.Namespace], AbstractAsyncContextManager[Any]]
    work: Callable[[str, argparse.Namespace, Do], Awaitable[None]]
    left: Callable[[str], Awaitable[Callable[[], Awaitable[int]]]]
    result: Callable[[str, int], Awaitable[str | None]]


def main(program: Program) -> None:
    """Serve one verb of a benchmark and print what it found as one line of JSON."""
    options = _parsed()
    verbs = {"enqueue": _enqueue, "work": _work, "result": _result}
    _run(verbs[options.verb](program, options))


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["enqueue", "work", "result"])
    parser.add_argument("url")
    parser.add_argument("--jobs", type=int, default=0, help="work: stop after so many; 0 is never")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--form", choices=["batch", "single"], default="batch")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--gap-seconds", type=float, default=0.0, help="enqueue: mean pause between two jobs")
    parser.add_argument("--hold-seconds", type=float, default=0.0, help="work: how long a job takes")
    parser.add_argument("--lease-seconds", type=float, help="how long a silent worker keeps its job; else the default")
    parser.add_argument("--keep-seconds", type=int, default=86_400, help="how long results are kept")
    parser.add_argument("--name", default="worker", help="work: what each job leaves as its result")
    parser.add_argument("--tell", action="store_true", help="work: print a line when a job starts")
    parser.add_argument("--profile", help="work, enqueue: write what cProfile saw to this file")
    return parser.parse_args()


def _run(verb: Awaitable[dict[str, Any]]) -> None:
    try:
        import uvloop
    except ImportError:
        runner = asyncio.Runner()
    else:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with runner:
        print(json.dumps(runner.run(_waited(verb))), flush=True)
        # Leave at once: how long a queue takes to close is not the question.
        os._exit(0)


async def _waited(verb: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return await verb


async def _enqueue(program: Program, options: argparse.Namespace) -> dict[str, Any]:
    numbers = range(options.first + 1, options.first + 1 + options.jobs)
    async with program.asking(options.url, options) as asker:
        await asker.one(options.first)  # connections, scripts and caches are warm from here on
        gc.collect()
        with _profiled(options.profile):
            began = time.perf_counter()
            stamps = await _put(asker, numbers, options)
            seconds = time.perf_counter() - began
    batched = options.form == "batch" and hasattr(asker, "many")
    return {"seconds": seconds, "jobs": len(numbers), "stamps": stamps, "batched": batched}


async def _put(asker: Any, numbers: Sequence[int], options: argparse.Namespace) -> dict[int, float]:
    stamps: dict[int, float] = {}
    if options.gap_seconds:
        for number in numbers:
            await asyncio.sleep(options.gap_seconds * random.uniform(0.5, 1.5))
            stamps[number] = time.perf_counter()
            await asker.one(number)
    elif options.form == "batch" and hasattr(asker, "many"):
        for at in range(0, len(numbers), _BATCH):
            await asker.many(numbers[at : at + _BATCH])
    else:
        await _concurrently(asker.one, iter(numbers), options.concurrency)
    return stamps


async def _concurrently(one: Callable[[int], Awaitable[None]], numbers: Iterator[int], count: int) -> None:
    async def lane() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(lane() for _ in range(count)))


async def _work(program: Program, options: argparse.Namespace) -> dict[str, Any]:
    """Run a worker until ``--jobs`` jobs have started and none is unfinished; time it from the first start on."""
    stamps: dict[int, float] = {}
    all_started = asyncio.Event()

    async def do(number: int) -> str:
        stamps[number] = time.perf_counter()
        if options.tell:
            print(json.dumps({"started": number, "at": stamps[number], "by": options.name}), flush=True)
        if options.hold_seconds:
            await asyncio.sleep(options.hold_seconds)
        if len(stamps) == options.jobs:
            all_started.set()
        return str(options.name)

    left = await program.left(options.url)
    gc.collect()
    with _profiled(options.profile):
        working = asyncio.ensure_future(program.work(options.url, options, do))
        ended = asyncio.ensure_future(all_started.wait())
        await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            sys.exit("the worker ended by itself")
        while await left():
            await asyncio.sleep(0.002)
        seconds = time.perf_counter() - min(stamps.values())
    return {"seconds": seconds, "jobs": len(stamps)}


async def _result(program: Program, options: argparse.Namespace) -> dict[str, Any]:
    return {"result": await program.result(options.url, options.first)}


class _profiled:  # noqa: N801 - reads as a phrase
    """Profile what happens inside, if a file was named."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._profile: Any = None

    def __enter__(self) -> None:
        if self._path:
            import cProfile

            self._profile = cProfile.Profile()
            self._profile.enable()

    def __exit__(self, *_: object) -> None:
        if self._profile:
            self._profile.disable()
            self._profile.dump_stats(self._path)
