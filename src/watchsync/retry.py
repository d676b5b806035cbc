"""When is something tried again? Pure arithmetic; the waiting happens elsewhere.

Three cases, one answer each: a job's next attempt is spread by `Backoff`; a loop that outlives its failures takes its
pauses from a `GrowingPause`; a single call that is repeated until it is answered is wrapped by the `backoff` library.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Growing waits with full jitter: attempt ``n`` waits between 0 and ``min(cap, base * factor**(n-1))``.

    A ``floor_share`` of the ceiling is always waited, so that a retry is never immediate.
    Full jitter spreads those who failed together (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """

    base_seconds: float
    cap_seconds: float
    factor: float = 3.0
    floor_share: float = 0.2

    def ceiling_seconds(self, attempt: int) -> float:
        """The longest wait after attempt ``attempt`` (1-based)."""
        return float(min(self.cap_seconds, self.base_seconds * self.factor ** min(attempt - 1, 64)))

    def wait_seconds(self, attempt: int, rng: random.Random, *, at_least: float = 0.0) -> float:
        """The wait after attempt ``attempt``; ``at_least`` is what the other side asked for (Retry-After)."""
        ceiling = self.ceiling_seconds(attempt)
        wait = rng.uniform(ceiling * self.floor_share, ceiling)
        return max(wait, at_least + rng.uniform(0, ceiling * self.floor_share) if at_least else 0.0)


class GrowingPause:
    """The pauses of a loop: the first is ``first_seconds``, each later one ``factor`` times as long, up to a limit."""

    def __init__(self, first_seconds: float, longest_seconds: float, *, factor: float = 2.0) -> None:
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds
        self._factor = factor
        self._next_seconds = first_seconds

    def next_seconds(self) -> float:
        """The pause to make now; the one after it is longer."""
        seconds = self._next_seconds
        self._next_seconds = min(seconds * self._factor, self._longest_seconds)
        return seconds

    def reset(self) -> None:
        """Start over with the first pause, since something went well."""
        self._next_seconds = self._first_seconds

    def skip_to_longest(self) -> None:
        """Make no more short pauses until the next reset."""
        self._next_seconds = self._longest_seconds
