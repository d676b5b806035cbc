"""One call of Playwright: in a task of its own, with a deadline, and with an end to whatever comes too late."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
_endings: set[asyncio.Future[Any]] = set()
"""Tasks that nobody waits for any more; the loop itself keeps only weak references to them."""


class DeadlineExceeded(Exception):
    """A call outlasted its deadline; it was left running, because cancelling it is undefined."""


class TargetGone(Exception):
    """What was called is gone, so no answer will come."""


async def bounded(
    awaitable: Awaitable[T],
    seconds: float,
    *,
    lost: asyncio.Event | None = None,
    unwanted: Callable[[T], Awaitable[Any]] | None = None,
) -> T:
    """Wait for one call at most ``seconds`` long.

    Raises DeadlineExceeded, TargetGone once ``lost`` is set, or what the call raises.

    The call itself is never cancelled, for Playwright would leave invisible contexts and pages behind. When nobody
    waits for it any more (its caller was cancelled, too), its late answer is given to ``unwanted``, which ends it.
    """
    task = asyncio.ensure_future(awaitable)
    gone = asyncio.ensure_future(lost.wait()) if lost else None
    try:
        await asyncio.wait({task, gone} if gone else {task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        abandon(task, unwanted)
        raise
    finally:
        if gone:
            gone.cancel()
    if task.done():
        return task.result()
    abandon(task, unwanted)
    raise TargetGone if lost and lost.is_set() else DeadlineExceeded


def abandon(task: asyncio.Future[T], unwanted: Callable[[T], Awaitable[Any]] | None = None) -> None:
    """Wait no more for a call: collect what it raises, end what it answers."""

    def end(done: asyncio.Future[T]) -> None:
        _endings.discard(done)
        if not done.cancelled() and done.exception() is None and unwanted is not None:
            abandon(asyncio.ensure_future(unwanted(done.result())))

    _endings.add(task)
    task.add_done_callback(end)


async def ended(awaitable: Awaitable[Any], seconds: float) -> None:
    """Let something end by itself for a while; how it fails does not matter any more."""
    task = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        abandon(task)
