"""When has a browser served long enough? Pure."""

from dataclasses import dataclass
from typing import Protocol


class Served(Protocol):
    """What a browser tells of its life."""

    contexts_made: int
    started: float
    memory_bytes: int
    is_tainted: bool

    @property
    def is_failing(self) -> bool:
        """Whether one page after the other crashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """When a browser has served long enough; the new one takes over while the old one finishes."""

    contexts: int = 200
    age_seconds: float = 3600
    memory_bytes: int = 550 << 20

    def reason(self, browser: Served, now: float) -> str | None:
        """Why this browser is to be replaced, if it is."""
        if browser.is_failing:
            return "crashed"
        if browser.is_tainted:
            return "hung"
        if browser.contexts_made >= self.contexts:
            return "pages"
        if now - browser.started >= self.age_seconds:
            return "age"
        return "memory" if browser.memory_bytes >= self.memory_bytes else None
