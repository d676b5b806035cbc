"""When is an attempt made again? Pure arithmetic; the waiting happens elsewhere."""

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
