"""Which connections are open, for how long may each make us wait, and how many may one address have?

No client can lock others out: where an address has its share, or all are taken, the connection that has waited longest
for its client makes room for the new one.
"""

import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from watchsync.http.client import NOBODY, budget_key, is_in, plain_address


class Phase(Enum):
    """What a connection waits for."""

    HEAD = "head"
    """The rest of a request's head."""
    BODY = "body"
    """The rest of a body."""
    BUSY = "busy"
    """Us."""
    IDLE = "idle"
    """A request, the first one or the next."""
    CLOSING = "closing"
    """The last bytes to be taken by the client."""


WAITING: Final = frozenset({Phase.HEAD, Phase.IDLE})
"""Phases in which nothing is lost if the connection is closed, since no request has come."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each phase may last, in seconds, and how many connections there may be."""

    head_seconds: float = 15
    body_seconds: float = 30
    idle_seconds: float = 75
    proxy_idle_seconds: float = 3600
    """Longer than proxies keep a connection, so that none sends a request into one that is just being closed."""
    unread_seconds: float = 60
    """How long a client may leave what we sent unread."""
    per_address: int = 200
    in_all: int = 0
    """0 stands for what the system allows this process, less what it needs for itself."""


class Held(Protocol):
    """A connection, as far as it is watched here."""

    phase: Phase
    since: float
    """When it came into its phase, on the clock of ``Connections``."""
    unread_since: float | None
    """Since when the client leaves what we sent unread, if it does."""

    @property
    def peer(self) -> str | None: ...

    def refuse(self, status: int, detail: str) -> None:
        """Answer by itself, and close; only while no request is being handled."""

    def end_body(self) -> None:
        """Let whoever reads the body hear that it did not come in time."""

    def force_close(self) -> None:
        """Close once the client has taken what was sent."""

    def abort(self) -> None:
        """Close at once."""


class Connections:
    """All connections of one port. ``enforce`` is to be called every second or so."""

    def __init__(
        self, trusted: tuple[str, ...] = (), limits: Limits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._trusted = trusted
        self._limits = limits or Limits()
        self._most = self._limits.in_all or _most_connections()
        self.clock = clock
        self._owner_of: dict[Held, str | None] = {}
        self._by_owner: dict[str, dict[Held, None]] = {}

    def __len__(self) -> int:
        return len(self._owner_of)

    def add(self, new: Held) -> None:
        """Hold a new connection; who waited longest makes room, and where nobody waits the new one is refused."""
        address = plain_address(new.peer or "") or NOBODY
        owner = None if is_in(address, self._trusted) else budget_key(address)
        self._owner_of[new] = owner
        if owner is not None:
            own = self._by_owner.setdefault(owner, {})
            own[new] = None
            if len(own) > self._limits.per_address and not _made_room(own, new):
                new.refuse(429, "This address has too many open connections.")
                return
        if len(self._owner_of) > self._most and not _made_room(self._clients_own(), new):
            new.refuse(503, "Too many connections are open. Try again in a moment.")

    def remove(self, gone: Held) -> None:
        """Forget a connection that is closed."""
        owner = self._owner_of.pop(gone, None)
        if owner is not None:
            self._by_owner[owner].pop(gone, None)
            if not self._by_owner[owner]:
                del self._by_owner[owner]

    def enforce(self) -> None:
        """End what lasts too long."""
        now = self.clock()
        for connection, owner in list(self._owner_of.items()):
            self._end_if_overdue(connection, now - connection.since, now, is_proxy=owner is None)

    def _clients_own(self) -> Iterator[Held]:
        """All connections but those of trusted proxies, which carry many clients each."""
        return (connection for connection, owner in self._owner_of.items() if owner is not None)

    def _end_if_overdue(self, connection: Held, seconds: float, now: float, *, is_proxy: bool) -> None:
        limits, unread = self._limits, connection.unread_since
        is_unread = unread is not None and now - unread > limits.unread_seconds
        match connection.phase:
            case Phase.HEAD if seconds > limits.head_seconds:
                connection.refuse(408, "The head of the request did not arrive in time.")
            case Phase.IDLE if seconds > (limits.proxy_idle_seconds if is_proxy else limits.idle_seconds):
                connection.force_close()
            case Phase.BODY if seconds > limits.body_seconds:
                connection.end_body()
            case Phase.CLOSING if seconds > limits.unread_seconds:
                connection.abort()
            case _ if is_unread:
                connection.abort()


def _made_room(held: Iterable[Held], new: Held) -> bool:
    waiting = [each for each in held if each.phase in WAITING and each is not new]
    if not waiting:
        return False
    min(waiting, key=lambda each: each.since).force_close()
    return True


def _most_connections() -> int:
    """Half of the files that this process may open; the rest is for Redis, pipes and the browser."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 20_000 if soft == resource.RLIM_INFINITY else max(64, min(soft // 2, 20_000))
