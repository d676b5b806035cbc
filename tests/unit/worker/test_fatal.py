"""A worker does not outlive its own loop, and leaves for one reason only: the first."""

import asyncio

import pytest
from structlog.testing import capture_logs

from watchsync.errors import MemoryExhausted, WorkerFailed
from watchsync.worker.fatal import fatal_exit, serving_queue


class BreaksAtOnce:
    async def work(self, stop: asyncio.Event) -> None:
        raise ZeroDivisionError


class BreaksWhileItDrains:
    async def work(self, stop: asyncio.Event) -> None:
        await stop.wait()
        raise ZeroDivisionError


class Drains:
    has_drained = False

    async def work(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0)
        self.has_drained = True


async def test_a_worker_whose_loop_breaks_takes_its_process_along():
    with capture_logs() as lines, pytest.raises(WorkerFailed, match="Its log says why"):
        async with asyncio.timeout(60), fatal_exit() as leave, serving_queue(BreaksAtOnce(), leave):
            await asyncio.Event().wait()
    assert [line["event"] for line in lines] == ["worker.failed"]


async def test_a_worker_that_breaks_while_it_drains_says_so_too():
    with pytest.raises(WorkerFailed):
        async with fatal_exit() as leave, serving_queue(BreaksWhileItDrains(), leave):
            pass


async def test_a_worker_that_is_to_leave_drains_first():
    worker = Drains()

    async def is_told_twice() -> None:
        async with asyncio.timeout(60), fatal_exit() as leave, serving_queue(worker, leave):
            leave(MemoryExhausted())
            leave(WorkerFailed())
            await asyncio.Event().wait()

    with pytest.raises(MemoryExhausted):
        await is_told_twice()
    assert worker.has_drained


async def test_an_ordinary_end_drains_and_raises_nothing():
    worker = Drains()
    async with fatal_exit() as leave, serving_queue(worker, leave):
        pass
    assert worker.has_drained
