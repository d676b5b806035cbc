"""What the guard does at each step, with memory that a test decides."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import pytest

from watchsync.duties import Duties
from watchsync.worker.memory_guard import MemoryGuard


class Memory:
    """A reading that changes when told."""

    def __init__(self) -> None:
        self.used = 0
        self.fails = False

    def __call__(self) -> int:
        if self.fails:
            raise OSError(24, "Too many open files")
        return self.used


class Deeds:
    """A pool and a worker that note what is asked of them, in order."""

    def __init__(self) -> None:
        self.lent = 1
        self.done: asyncio.Queue[str] = asyncio.Queue()

    def retire(self, reason: str) -> None:
        self.done.put_nowait(f"retire for {reason}")

    async def kill(self, reason: str) -> None:
        self.done.put_nowait(f"kill for {reason}")

    async def hand_back(self) -> None:
        self.done.put_nowait("hand back")

    def leave(self) -> None:
        self.done.put_nowait("leave")


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture
def deeds():
    return Deeds()


@asynccontextmanager
async def guarding(memory, deeds, metrics):
    """A guard over a limit of 1,000 whose clock runs 30 seconds with each look."""
    looks = iter(range(0, 10**6, 30))
    guard = MemoryGuard(deeds, metrics, 1000, read=memory, clock=lambda: float(next(looks)))
    async with Duties(metrics).keeping("memory guard", partial(guard.watch, deeds.hand_back, deeds.leave)):
        yield guard


async def test_near_the_limit_the_browser_is_replaced_and_no_job_taken(memory, deeds, metrics):
    memory.used = 860
    async with guarding(memory, deeds, metrics) as guard:
        assert await deeds.done.get() == "retire for memory"
        assert not guard.may_take()
    assert metrics.registry.get_sample_value("watchsync_memory_used_ratio") == 0.86


async def test_at_the_edge_jobs_go_back_before_their_browser_is_killed_and_at_last_the_process_leaves(
    memory, deeds, metrics
):
    memory.used = 960
    async with guarding(memory, deeds, metrics):
        assert [await deeds.done.get() for _ in range(3)] == ["hand back", "kill for memory", "leave"]


async def test_a_reading_that_fails_changes_nothing_and_ends_nothing(memory, deeds, metrics):
    guard = MemoryGuard(deeds, metrics, 1000, read=memory)
    memory.used = 710
    await guard.look()
    memory.fails = True
    await guard.look()
    assert not guard.may_take()
    memory.fails, memory.used = False, 100
    await guard.look()
    assert guard.may_take()
