import asyncio

import pytest

from watchsync.browser.deadline import DeadlineExceeded, TargetGone, bounded, ended

NEVER = 60


async def answer(value, when: asyncio.Event | None = None):
    if when:
        await when.wait()
    return value


async def test_an_answer_in_time_is_given():
    assert await bounded(answer(7), NEVER) == 7


async def test_what_the_call_raises_is_raised():
    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await bounded(fail(), NEVER)


async def test_a_call_past_its_deadline_is_overdue_and_is_left_running():
    go, ended_late = asyncio.Event(), asyncio.Event()

    async def end(value: int) -> None:
        assert value == 7
        ended_late.set()

    with pytest.raises(DeadlineExceeded):
        await bounded(answer(7, go), 0, unwanted=end)
    go.set()
    await ended_late.wait()


async def test_a_call_on_something_lost_does_not_wait_for_its_deadline():
    lost = asyncio.Event()
    waiting = asyncio.create_task(bounded(answer(7, asyncio.Event()), NEVER, lost=lost))
    lost.set()
    with pytest.raises(TargetGone):
        await waiting


async def test_the_late_answer_to_a_cancelled_caller_is_ended():
    begun, go, ended_late = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        begun.set()
        return await answer(7, go)

    async def end(_: int) -> None:
        ended_late.set()

    caller = asyncio.create_task(bounded(slow(), NEVER, unwanted=end))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    await ended_late.wait()


async def test_how_an_abandoned_call_fails_is_nobodys_trouble():
    failed = asyncio.Event()

    async def fail() -> None:
        failed.set()
        raise LookupError

    await ended(fail(), NEVER)
    assert failed.is_set()


async def test_an_end_that_does_not_come_is_not_waited_for():
    await ended(answer(7, asyncio.Event()), 0)
