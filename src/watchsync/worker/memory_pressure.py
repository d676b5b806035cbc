"""What does the memory in use ask for? Pure."""

from enum import Enum

_TIGHT_SHARE = 0.70
_CALM_SHARE = 0.65
"""Once tight, it has to fall below this, so that a worker does not start and stop with every page."""
_HIGH_SHARE = 0.85
_EDGE_SHARE = 0.95
_EFFECT_SECONDS = 30.0
"""A measure is given this long to show."""


class Step(Enum):
    """What is done about it, from nothing to the last."""

    NONE = "none"
    TAKE_NO_MORE = "take-no-more"
    REPLACE_BROWSER = "replace-browser"
    HAND_BACK = "hand-back"
    LEAVE = "leave"


class Ladder:
    """Climbs step by step while memory stays short, and starts over once there is enough.

    Each step after the first is returned once; no work is taken while it takes effect. A worker that did all it could
    and still has no room will never have any, so its process ends.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._is_tight = False
        self._taken = Step.NONE
        self._at = 0.0

    def step(self, used_bytes: int, *, is_idle: bool, now: float) -> Step:
        """What to do at this use; ``is_idle`` while no job runs."""
        share = used_bytes / self._limit_bytes
        self._is_tight = share >= (_CALM_SHARE if self._is_tight else _TIGHT_SHARE)
        if not self._is_tight:
            self._taken = Step.NONE
            return Step.NONE
        if self._taken is Step.REPLACE_BROWSER and not is_idle:
            self._at = now  # the old browser may still finish its jobs
        wanted = self._wanted(share, is_idle=is_idle)
        if wanted is Step.TAKE_NO_MORE or not self._may_climb(wanted, now):
            return Step.TAKE_NO_MORE
        self._taken, self._at = wanted, now
        return wanted

    def _wanted(self, share: float, *, is_idle: bool) -> Step:
        if share >= _EDGE_SHARE:
            return Step.LEAVE if self._taken in {Step.HAND_BACK, Step.LEAVE} else Step.HAND_BACK
        if is_idle:
            return Step.REPLACE_BROWSER if self._taken is Step.NONE else Step.LEAVE
        return Step.REPLACE_BROWSER if share >= _HIGH_SHARE else Step.TAKE_NO_MORE

    def _may_climb(self, wanted: Step, now: float) -> bool:
        is_first_resort = wanted is Step.HAND_BACK and self._taken is Step.REPLACE_BROWSER
        return self._taken is Step.NONE or is_first_resort or now - self._at >= _EFFECT_SECONDS
