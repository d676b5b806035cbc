"""Only work counts against the limit; time passes by itself here, as fast as the tests can."""

import asyncio
from collections.abc import Coroutine

import pytest

from command_meter import HastyLoop
from watchsync.work_limit import not_counted, work_limit


def run(work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=lambda: HastyLoop(lambda: False)) as runner:
        runner.run(work)


async def wait(seconds: float) -> None:
    with not_counted():
        await asyncio.sleep(seconds)


def test_work_is_stopped_at_the_limit():
    async def work() -> None:
        async with work_limit(10):
            await asyncio.sleep(11)

    with pytest.raises(TimeoutError):
        run(work())


def test_waiting_does_not_count_and_work_after_it_does():
    worked: list[int] = []

    async def work() -> None:
        async with work_limit(10):
            for second in range(1, 20):
                await wait(1000)
                await asyncio.sleep(1)
                worked.append(second)

    with pytest.raises(TimeoutError):
        run(work())
    assert worked[-1] in {9, 10}


def test_the_clock_goes_on_when_the_last_who_waits_goes_on():
    async def work() -> None:
        async with work_limit(10):
            await asyncio.gather(wait(5), wait(500), wait(50))
            await asyncio.sleep(9)
            with pytest.raises(asyncio.CancelledError):
                await asyncio.sleep(2)
            raise asyncio.CancelledError

    with pytest.raises(TimeoutError):
        run(work())


def test_who_still_waits_when_the_job_is_over_disturbs_nobody():
    async def work() -> None:
        async with work_limit(10):
            straggler = asyncio.create_task(wait(5))
            await asyncio.sleep(1)
        await straggler

    run(work())


def test_who_begins_to_wait_while_the_limit_stops_the_work_disturbs_nobody():
    async def work() -> None:
        async with work_limit(10):
            try:
                await asyncio.sleep(11)
            finally:
                with not_counted():
                    pass

    with pytest.raises(TimeoutError):
        run(work())


def test_each_job_has_a_clock_of_its_own():
    async def job(waits: bool) -> str:
        try:
            async with work_limit(10):
                await (wait(100) if waits else asyncio.sleep(100))
        except TimeoutError:
            return "stopped"
        return "done"

    async def both() -> None:
        assert await asyncio.gather(job(True), job(False)) == ["done", "stopped"]

    run(both())


def test_without_a_limit_waiting_is_waiting():
    run(wait(5))
