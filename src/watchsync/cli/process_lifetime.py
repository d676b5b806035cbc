"""How does a command run, and how is it asked to stop?"""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import typer

from watchsync.errors import WatchsyncError

_YOUNG_OBJECTS = 10_000
"""How many new objects there are before garbage is looked for, during which no thread runs. With 50,000 each look took
40 to 60 ms, with 10,000 some 2 ms, at the same processor time; Python's own 700 soon leads to looks at all objects."""
_FROM_SIGNAL = 128
_LAST_SECONDS = 1.5
"""How long a second signal may take, whatever happens."""
_CANCELLATIONS = 3
_CANCEL_AGAIN_SECONDS = 1.0
T = TypeVar("T")


class Stop:
    """SIGINT and SIGTERM as something to wait for.

    The first signal ends the waiting, so that everything is left in order; before anything waits, it cancels
    what is being started. The second hurries whoever needs a moment to keep a promise, and leaves soon, whatever
    happens; where nobody does, and at the third, it leaves at once.
    """

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._is_awaited = False
        self._stop_now: Callable[[], None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._exit_code = 0

    def listen(self, task: asyncio.Task[Any]) -> None:
        """Hear the signals on behalf of ``task``."""
        self._task = task
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.ask, number)

    @property
    def is_cutting_short(self) -> bool:
        """Whether a signal came before anything waited for one."""
        return self._asked.is_set() and not self._is_awaited

    @property
    def exit_code(self) -> int:
        """What a process that ended by the first signal exits with, as shells know it: 130 after Ctrl-C."""
        return self._exit_code

    def ask(self, number: int = signal.SIGINT) -> None:
        """Stop, as a signal says it."""
        self._exit_code = self._exit_code or _FROM_SIGNAL + number
        if self._asked.is_set():
            self._stop_now_or_exit()
            return
        self._asked.set()
        if not self._is_awaited and self._task is not None:
            self._cancel(self._task, _CANCELLATIONS)

    def _cancel(self, task: asyncio.Task[Any], times: int) -> None:
        """Cancel, and again after a while: redis-py can swallow a cancellation while it connects."""
        if times and not task.done():
            task.cancel()
            asyncio.get_running_loop().call_later(_CANCEL_AGAIN_SECONDS, self._cancel, task, times - 1)

    def _stop_now_or_exit(self) -> None:
        if self._stop_now is None:
            os._exit(self._exit_code)
        self._stop_now()
        self._stop_now = None
        asyncio.get_running_loop().call_later(_LAST_SECONDS, os._exit, self._exit_code)

    def on_second_signal(self, stop_now: Callable[[], None]) -> None:
        """Call this at the second signal."""
        self._stop_now = stop_now

    async def wait(self) -> None:
        """Return once a signal has come."""
        self._is_awaited = True
        await self._asked.wait()

    async def unless(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do some work; if a signal comes first, give it up and answer ``None``."""
        doing = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else None
        finally:
            stopping.cancel()
            doing.cancel()
            await asyncio.wait({doing, stopping})


def run(work: Callable[[Stop], Awaitable[None]]) -> int:
    """Run a command to its end; answer 0, or the exit code of the signal that cut it short."""
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_heeding_signals(work))


def finish(work: Callable[[Stop], Awaitable[None]]) -> None:
    """Run a command that ends by itself: being stopped is a failure."""
    if exit_code := run(work):
        typer.echo("watchsync: Stopped before the end. A sync that was under way stays queued.", err=True)
        raise typer.Exit(exit_code)


async def _heeding_signals(work: Callable[[Stop], Awaitable[None]]) -> int:
    stop = Stop()
    task = asyncio.ensure_future(work(stop))
    stop.listen(task)
    try:
        await task
    except asyncio.CancelledError:
        return stop.exit_code
    except WatchsyncError:
        if not stop.is_cutting_short:
            raise
    return stop.exit_code if stop.is_cutting_short else 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
