"""Progress is published beside the work, and never at its cost."""

import asyncio

import pytest

from watchsync.errors import LeaseLost, RedisUnavailable
from watchsync.job import Progress
from watchsync.worker.progress import ProgressPublisher


class Publisher:
    """Takes what is published, or fails as it is told to."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.published: asyncio.Queue[Progress] = asyncio.Queue()
        self._fault = fault

    async def __call__(self, progress: Progress) -> None:
        self.published.put_nowait(progress)
        if self._fault:
            raise self._fault


def stage(name: str, done: int = 0) -> Progress:
    return Progress(name, f"{name}…", done, 10)


async def test_each_new_stage_is_published_and_of_one_stage_the_latest():
    publish = Publisher()
    async with ProgressPublisher(publish, lambda: pytest.fail("nothing is lost")) as report:
        report(stage("opening"))
        report(stage("opening", 1))
        assert await publish.published.get() == stage("opening", 1)
        report(stage("reading"))
        assert await publish.published.get() == stage("reading")


@pytest.mark.parametrize("fault", [RedisUnavailable("away"), ValueError("something new")])
async def test_work_goes_on_when_a_word_about_it_cannot_be_published(fault):
    publish = Publisher(fault)
    async with ProgressPublisher(publish, lambda: pytest.fail("nothing is lost")) as report:
        for name in ("opening", "reading"):
            report(stage(name))
            assert await publish.published.get() == stage(name)


async def test_a_lost_lease_is_told_at_once():
    lost = asyncio.Event()
    async with ProgressPublisher(Publisher(LeaseLost()), lost.set) as report:
        report(stage("opening"))
        await lost.wait()
