"""When may a lease run out? Heard from the queue, so that nobody has to ask. Pure."""

from collections.abc import Iterable


class Leases:
    """The time at which each consumer will have been silent for a whole lease.

    Our own is among them: Redis may hand us something long after we stopped waiting for its answer.
    """

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._run_out: dict[str, float] = {}

    def hear(self, message: bytes, now: float) -> None:
        """A consumer took, settled or renewed: ``consumer held``, as the scripts publish it."""
        name, _, held = message.decode().rpartition(" ")
        if held.isdecimal() and int(held) > 0:
            self._run_out[name] = now + self._lease_seconds
        else:
            self._run_out.pop(name, None)

    def look(self, holders: Iterable[str], first_seconds: float, now: float) -> None:
        """The queue named all who hold something, and in how many seconds the first lease may run out."""
        known = self._run_out
        first = now + first_seconds
        self._run_out = {name: known[name] if known.get(name, now) > now else first for name in holders}

    def next_seconds(self, now: float) -> float | None:
        """How long until somebody's lease may have run out; ``None`` while nobody holds anything."""
        return max(min(self._run_out.values()) - now, 0.0) if self._run_out else None
