"""How many event streams may one address follow at the same time?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from watchsync.http.context import CLIENT
from watchsync.http.problems import NotAllowed

_RETRY_SECONDS: Final = 10


class Streams:
    """The open event streams by who follows them. An entry lives as long as its stream."""

    def __init__(self, per_address: int) -> None:
        self._per_address = per_address
        self._open: dict[str, list[web.Request]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    @contextmanager
    def following(self, request: web.Request) -> Iterator[None]:
        """Count one more while inside; raises NotAllowed with 429 where there are enough."""
        key = request[CLIENT].budget_key
        # A client that went away is noticed when something is sent to it; until then it shall not count.
        if sum(each.transport is not None for each in self._open.get(key, ())) >= self._per_address:
            said = f"This address follows {self._per_address} syncs already."
            raise NotAllowed(429, said, {"Retry-After": str(_RETRY_SECONDS)})
        own = self._open.setdefault(key, [])
        own.append(request)
        try:
            yield
        finally:
            own[:] = [each for each in own if each is not request]
            if not own:
                self._open.pop(key, None)


STREAMS: Final = web.AppKey("STREAMS", Streams)
