"""In which state is a site's circuit breaker?"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class BreakerState(StrEnum):
    """Whether a site may be asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    """The pause is over: the next list that is read is a probe, and how that ends decides for all."""


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """A breaker at one moment."""

    state: BreakerState
    seconds: float = 0.0
    """How much longer it stays open."""

    @classmethod
    def until(cls, open_until: float | None, now: float) -> Self:
        """The state at ``now`` of a breaker that lets a probe through at ``open_until``; ``None`` is closed."""
        if open_until is None:
            return cls(BreakerState.CLOSED)
        if open_until > now:
            return cls(BreakerState.OPEN, open_until - now)
        return cls(BreakerState.HALF_OPEN)

    @property
    def sentence(self) -> str:
        """The state for people."""
        told = {BreakerState.CLOSED: "healthy", BreakerState.HALF_OPEN: "half-open: the next list is a probe"}
        return told.get(self.state, f"left alone for {round(self.seconds)} s")
