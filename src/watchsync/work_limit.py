"""How long may a job work? The time in which it waits for its turn at a site is not its own, and does not count."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar


@asynccontextmanager
async def work_limit(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError once what is inside has worked for longer than ``seconds``."""
    async with asyncio.timeout(seconds) as timeout:
        token = _current.set(limit := _Limit(timeout))
        try:
            yield
        finally:
            limit.is_over = True
            _current.reset(token)


@contextmanager
def not_counted() -> Iterator[None]:
    """Stop the clock of the limit around us, if there is one, while anything of the job waits inside."""
    limit = _current.get()
    if limit is None:
        yield
        return
    limit.pause()
    try:
        yield
    finally:
        limit.go_on()


class _Limit:
    """A timeout that stands still while somebody waits; tasks of one job may wait at the same time."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.is_over = False
        self._timeout = timeout
        self._waiting = 0
        self._left_seconds = 0.0

    def pause(self) -> None:
        self._waiting += 1
        when = self._timeout.when()
        if self._is_running and when is not None:
            self._left_seconds = when - asyncio.get_running_loop().time()
            self._timeout.reschedule(None)

    def go_on(self) -> None:
        self._waiting -= 1
        if self._is_running and not self._waiting:
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._left_seconds)

    @property
    def _is_running(self) -> bool:
        return not (self.is_over or self._timeout.expired())


_current: ContextVar[_Limit | None] = ContextVar("work_limit", default=None)
