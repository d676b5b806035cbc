"""What shares a command? All requests that came while the command before was under way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Batcher(Generic[Request, Reply]):
    """Sends the requests of several callers in one call, ``max_batch`` at most; a lone caller never waits.

    The call answers for each request, in their order, either its reply or the error that this caller alone gets.
    """

    def __init__(
        self, send: Callable[[Sequence[Request]], Awaitable[Sequence[Reply | Exception]]], max_batch: int
    ) -> None:
        self._send = send
        self._max_batch = max_batch
        self._waiting: list[tuple[Request, asyncio.Future[Reply]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Reply:
        """Return the reply to one request; raises its error, or what the call that carried it raised."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all(), name="batcher")
        return await answer

    async def _send_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
            try:
                answers = await self._send([request for request, _ in batch])
            except BaseException as error:  # noqa: BLE001 - goes to every caller, who would wait for ever otherwise
                _fail(batch, error)
            else:
                for (_, future), answer in zip(batch, answers, strict=True):
                    _answer(future, answer)
        self._sending = None


def _answer(future: asyncio.Future[Reply], answer: Reply | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _fail(batch: Sequence[tuple[Request, asyncio.Future[Reply]]], error: BaseException) -> None:
    for _, future in batch:
        if isinstance(error, asyncio.CancelledError):
            future.cancel()
        elif not future.done():
            future.set_exception(error)
