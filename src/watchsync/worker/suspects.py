"""Which outcome cannot be recorded, and so holds up the others? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from watchsync.queue.consumer import Settlement

TRIES = 5
"""How often an outcome is handed in by itself before it is given up."""


@dataclass(slots=True)
class _Suspect:
    tries: int = 0
    successes_before: int = 0


class Suspects:
    """Tells an outcome that is at fault from a Redis that is: it fails alone, while the exchanges between go well.

    From a failure that is no outage on, outcomes are handed in one by one, and after each that fails comes an exchange
    without any.
    """

    def __init__(self, tries: int = TRIES) -> None:
        self._tries = tries
        self._suspects: dict[str, _Suspect] = {}
        self._successes = 0
        self.are_sought = False
        """Whether outcomes are handed in one by one, and nothing is taken with them."""
        self.is_pause = False
        """Whether the next exchange is to be without any outcome."""

    def note_success(self, *, is_all: bool) -> None:
        """An exchange went well, and whether nothing is left to be handed in."""
        self._successes += 1
        self.is_pause = False
        if is_all:
            self._suspects.clear()
            self.are_sought = False

    def note_failure(self, settlements: Sequence[Settlement], *, is_outage: bool) -> bool:
        """An exchange failed; answer whether its one settlement is to be given up.

        A failure counts where another exchange went well since the last one: an outage is nobody's fault.
        """
        was_alone = self.are_sought and len(settlements) == 1
        self.are_sought = self.are_sought or (bool(settlements) and not is_outage)
        if not was_alone:
            return False
        self.is_pause = True
        suspect = self._suspects.setdefault(settlements[0].delivery.job.id, _Suspect(successes_before=self._successes))
        suspect.tries += int(self._successes > suspect.successes_before)
        suspect.successes_before = self._successes
        if suspect.tries < self._tries:
            return False
        del self._suspects[settlements[0].delivery.job.id]
        return True
