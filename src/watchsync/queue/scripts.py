"""How is a script of the queue called? By its hash, and again when Redis forgot it or was away."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import backoff
from redis.exceptions import NoScriptError, ResponseError

from watchsync import keys
from watchsync.availability import UNAVAILABLE, CommandRefused
from watchsync.errors import IllegalMove, RedisUnavailable
from watchsync.metrics import Metrics
from watchsync.redis_client import Client

KEYS = (
    keys.JOBS,
    keys.STREAM,
    keys.SCHEDULED,
    keys.DELAYED,
    keys.ACTIVE,
    keys.CREATED,
    keys.BY_LIST,
    keys.DEAD,
    keys.FINISHED,
    keys.CLOCKS,
)
"""Given to every script, in the order in which prelude.lua names them."""
_NAMES = (
    "submit",
    "settle_and_take",
    "renew",
    "progress",
    "cancel",
    "requeue",
    "purge",
    "depth",
    "deregister",
    "reconcile",
)
_PARTS = {"settle_and_take": ("settle", "take")}
"""Further files that a script begins with, after the prelude."""


def source(name: str) -> str:
    """The whole text of one script: the shared beginning, its parts and its own file."""
    folder = resources.files(__package__)
    files = ("prelude", *_PARTS.get(name, ()), name)
    return "\n".join((folder / f"{file}.lua").read_text() for file in files)


_SOURCES = {name: source(name) for name in _NAMES}
_HASHES = {name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in _SOURCES.items()}


class Scripts:
    """The queue's scripts on one client. Each may be repeated, so a lost answer is asked for again."""

    def __init__(self, client: Client, metrics: Metrics, *, keep_seconds: int, patience_seconds: float) -> None:
        self._client = client
        self._metrics = metrics
        self._patience_seconds = patience_seconds
        self._always = (
            keys.GROUP,
            keys.WAKE,
            keys.CONTROL,
            keys.events(""),
            keys.LEASES,
            str(keep_seconds * 1000),
        )

    async def call(
        self,
        name: str,
        *args: str | bytes | float,
        own_keys: Sequence[str] = (),
        patience_seconds: float | None = None,
        counted: str | None = None,
    ) -> Any:
        """Run one script; wait out an absent Redis for ``patience_seconds``, then raise RedisUnavailable."""
        every = [*KEYS, *own_keys]
        count = self._metrics.redis_commands.labels(call=counted or name)

        async def once() -> Any:
            count.inc()
            try:
                return await self._client.evalsha(_HASHES[name], len(every), *every, *self._always, *args)
            except NoScriptError:
                count.inc()
                return await self._client.eval(_SOURCES[name], len(every), *every, *self._always, *args)

        patience = self._patience_seconds if patience_seconds is None else patience_seconds
        return await with_retries(once, self._metrics, patience)


async def with_retries(call: Callable[[], Any], metrics: Metrics, patience_seconds: float) -> Any:
    """Make a repeatable call until Redis answers, at most for ``patience_seconds``; else RedisUnavailable."""
    try:
        return await (_waiting(patience_seconds)(call) if patience_seconds else call())
    except CommandRefused as error:
        raise RedisUnavailable(f"Redis refuses: {error}") from error
    except UNAVAILABLE as error:
        raise RedisUnavailable(f"Redis does not answer ({type(error).__name__}).") from error
    except ResponseError as error:
        if "ILLEGAL" in str(error):
            metrics.illegal_moves.inc()
            raise IllegalMove(str(error)) from error
        raise


@cache
def _waiting(patience_seconds: float) -> Callable[[Callable[[], Any]], Any]:
    """What makes a call again for so long; kept, since making it takes longer than most calls."""
    again = backoff.on_exception(
        backoff.expo,
        UNAVAILABLE,
        max_time=patience_seconds,
        max_value=5,
        factor=0.1,
        logger=None,
        raise_on_giveup=True,
    )

    async def made(call: Callable[[], Any]) -> Any:
        return await call()

    return again(made)
