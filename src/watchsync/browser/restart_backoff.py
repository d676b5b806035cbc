"""When may a browser be started again? Pure."""

from watchsync.errors import BrowserUnavailable

_PAUSES_SECONDS = (0, 0.5, 1, 2, 4, 8, 16, 30)


class RestartBackoff:
    """Counts in a row the starts that failed and the browsers that died before they were of any use."""

    def __init__(self) -> None:
        self.failures = 0
        self.why = ""
        self._next_start = 0.0

    def record_failure(self, why: str, now: float) -> float:
        """Try again at once, then wait longer after each one; answers the pause."""
        pause = _PAUSES_SECONDS[min(self.failures, len(_PAUSES_SECONDS) - 1)]
        self.failures += 1
        self.why = why
        self._next_start = now + pause
        return pause

    def record_service(self) -> None:
        """A browser was of use, so what comes next is no loop."""
        self.failures = 0

    def seconds_left(self, now: float) -> float:
        """How long no browser is started yet."""
        return max(0.0, self._next_start - now) if self.failures else 0.0

    def refuse_in_pause(self, now: float) -> None:
        """Raises BrowserUnavailable, with what went wrong last, while the pause lasts."""
        if self.seconds_left(now):
            raise BrowserUnavailable(self.why)
