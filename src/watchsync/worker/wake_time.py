"""When does a worker talk to the queue although nothing happened? Pure."""

from watchsync.queue.consumer import Handover
from watchsync.retry import GrowingPause
from watchsync.worker.leases import Leases

_LOOK_SECONDS = 300.0
"""An idle worker looks by itself this often, in case a wake-up was missed: 288 commands a day."""
_UNREADY_SECONDS = 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 5.0


class WakeTime:
    """The one time up to which a worker waits. Each exchange sets it, and it moves as others renew their leases."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        self._look_at = 0.0
        self._has_free_slot = False

    @property
    def at(self) -> float:
        """When to talk to the queue. With a free slot that is at the latest when somebody's lease may run out."""
        lease_at = self._leases.next_at if self._has_free_slot else None
        return self._look_at if lease_at is None else min(self._look_at, lease_at)

    def after_nothing_to_say(self, now: float, *, is_unready: bool) -> None:
        """There was nothing to hand in and nothing to take; ``is_unready`` where a slot is free all the same."""
        self._set(now + (_UNREADY_SECONDS if is_unready else _LOOK_SECONDS))

    def after_failure(self, now: float) -> None:
        """The exchange failed; the pause grows with each failure in a row."""
        self._set(now + self._pause.next_seconds())

    def after_success(
        self, now: float, handover: Handover, *, has_taken: bool, has_more: bool, is_draining: bool
    ) -> None:
        """The exchange went well. ``has_taken``: it asked for work; ``has_more``: another attempt has ended by now."""
        self._pause.reset()
        if has_more:
            self._set(now)  # what was taken a moment ago begins while the next exchange is under way
        elif has_taken:
            self._leases.look(handover.holders, handover.lease_seconds, now)
            self._set(now + min(handover.due_seconds or _LOOK_SECONDS, _LOOK_SECONDS), has_free_slot=True)
        else:
            self.after_nothing_to_say(now, is_unready=not is_draining)

    def _set(self, at: float, *, has_free_slot: bool = False) -> None:
        self._look_at = at
        self._has_free_slot = has_free_slot
