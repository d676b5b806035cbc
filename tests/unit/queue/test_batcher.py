"""Callers who ask at the same time share a command."""

import asyncio

import pytest

from watchsync.queue.batcher import Batcher


class Line:
    """Something that answers each number with its double, when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.fails_with: Exception | None = None

    async def __call__(self, numbers):
        self.batches.append(list(numbers))
        await self.may_answer.wait()
        if self.fails_with:
            raise self.fails_with
        return [number * 2 for number in numbers]


async def test_one_bad_request_fails_none_that_travel_with_it():
    async def send(numbers):
        return [ValueError("odd") if number % 2 else number for number in numbers]

    ask = Batcher(send, 10)
    answers = await asyncio.gather(*(ask(number) for number in range(6)), return_exceptions=True)
    assert [isinstance(answer, ValueError) for answer in answers] == [False, True] * 3
    assert answers[::2] == [0, 2, 4]


async def test_who_is_alone_is_sent_at_once():
    line = Line()
    line.may_answer.set()
    assert await Batcher(line, 10)(1) == 2
    assert line.batches == [[1]]


async def test_who_asks_while_a_call_is_under_way_shares_the_next():
    line = Line()
    ask = Batcher(line, 10)
    first = asyncio.create_task(ask(1))
    while not line.batches:
        await asyncio.sleep(0)
    others = [asyncio.create_task(ask(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    line.may_answer.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6]
    assert line.batches == [[1], [2, 3]]


async def test_no_call_carries_more_than_it_may():
    line = Line()
    line.may_answer.set()
    ask = Batcher(line, 2)
    assert await asyncio.gather(*(ask(number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert [len(batch) for batch in line.batches] == [2, 2, 1]


async def test_a_failed_call_fails_each_of_its_callers_and_no_later_one():
    line = Line()
    line.may_answer.set()
    ask = Batcher(line, 10)
    line.fails_with = OSError("away")
    failed = await asyncio.gather(ask(1), ask(2), return_exceptions=True)
    assert [type(error) for error in failed] == [OSError, OSError]
    line.fails_with = None
    assert await ask(3) == 6


async def test_a_caller_that_gives_up_holds_nobody_up():
    line = Line()
    ask = Batcher(line, 10)
    tasks = [asyncio.create_task(ask(number)) for number in (1, 2)]
    while not line.batches:
        await asyncio.sleep(0)
    tasks[0].cancel()
    line.may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert await tasks[1] == 4
