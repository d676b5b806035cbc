"""When may a browser be started again? Pure."""

from watchsync.errors import BrowserUnavailable
from watchsync.retry import GrowingPause

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0


class RestartBackoff:
    """Counts, in a row, starts that failed and browsers that died before they were of any use."""

    def __init__(self) -> None:
        self.failures = 0
        self.why = ""
        self._pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        self._next_start = 0.0

    def record_failure(self, why: str, now: float) -> float:
        """The first failure is retried at once, each later one after a longer pause; returns the pause in seconds."""
        seconds = self._pause.next_seconds() if self.failures else 0.0
        self.failures += 1
        self.why = why
        self._next_start = now + seconds
        return seconds

    def record_service(self) -> None:
        """A browser was of use, so the next failure is the first again."""
        self.failures = 0
        self._pause.reset()

    def seconds_left(self, now: float) -> float:
        """How long until the next start."""
        return max(0.0, self._next_start - now) if self.failures else 0.0

    def refuse_in_pause(self, now: float) -> None:
        """Raise BrowserUnavailable, with the latest failure, while the pause lasts."""
        if self.seconds_left(now):
            raise BrowserUnavailable(self.why)
