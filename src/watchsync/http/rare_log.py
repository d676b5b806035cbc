"""How is something told that anybody can make happen, a million times an hour? Once a minute, with how often it was."""

from collections.abc import Callable
from typing import Any, Final

from watchsync import logs

_PAUSE_SECONDS: Final = 60.0
_log = logs.get(__name__)


class RareLog:
    """One event of the log: written at once, then at most once a minute, with the number of those passed over."""

    def __init__(self, event: str, clock: Callable[[], float]) -> None:
        self._event = event
        self._clock = clock
        self._written = float("-inf")
        self._passed_over = 0

    def write(self, **facts: Any) -> None:
        """Write the event, or count it."""
        now = self._clock()
        if now - self._written < _PAUSE_SECONDS:
            self._passed_over += 1
            return
        _log.info(self._event, passed_over=self._passed_over, **facts)
        self._written, self._passed_over = now, 0
