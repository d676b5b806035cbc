"""When may a lease run out? Learned from messages, so that nobody has to ask. Pure."""

from collections.abc import Iterable


class Leases:
    """When each consumer will have been silent for a whole lease.

    Our own is among them, since Redis may hand us jobs long after we stopped waiting for its answer.
    """

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._run_out: dict[str, float] = {}

    def hear(self, message: bytes, now: float) -> None:
        """Note a message of the scripts, ``consumer held``: it took, settled or renewed, and holds so many jobs."""
        name, _, held = message.decode().rpartition(" ")
        if held.isdecimal() and int(held) > 0:
            self._run_out[name] = now + self._lease_seconds
        else:
            self._run_out.pop(name, None)

    def look(self, holders: Iterable[str], first_seconds: float, now: float) -> None:
        """Note what an exchange said: who holds jobs, and in how many seconds the first lease may run out."""
        known = self._run_out
        first = now + first_seconds
        self._run_out = {name: known[name] if known.get(name, now) > now else first for name in holders}

    @property
    def next_at(self) -> float | None:
        """When the first lease may run out; ``None`` while nobody holds anything."""
        return min(self._run_out.values(), default=None)
