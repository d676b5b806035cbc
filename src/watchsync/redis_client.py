"""How is Redis reached? One place that turns an address into a client, and a client's faults into ours."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import backoff
from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from watchsync import keys
from watchsync.availability import RedisAvailability
from watchsync.errors import RedisRefused, RedisUnavailable
from watchsync.redis_errors import UNAVAILABLE, CommandRefused, Reason, is_certain, reason_of
from watchsync.retry import GrowingPause

Answer = TypeVar("Answer")

SOCKET_TIMEOUT_SECONDS = 10.0
_CONNECT_TIMEOUT_SECONDS = 5.0
_ANY_ERROR: tuple[type[Exception], ...] = (RedisError, *UNAVAILABLE)
_CONNECTIONS = 32
"""Of one process; who finds all of them busy waits for one."""
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
_LONGEST_PAUSE_OF_A_CALL_SECONDS = 5.0
_PROBE = ("EVAL", "return redis.call('SET', KEYS[1], '1', 'EX', 60)", 1, keys.PROBE)


@contextmanager
def as_connection_error() -> Iterator[None]:
    """Where asyncio lets a write to a connection that broke a moment ago go to nowhere, uvloop raises RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        raise ConnectionError(str(error)) from error


class _Observed:
    """What we add to redis-py's clients: ``availability`` learns how each command went; an outage is probed.

    The probe is a script with one small write, which meets whatever would stop the queue's scripts.
    """

    availability: RedisAvailability
    _probing: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command. Where the server does not do it, raises one of UNAVAILABLE."""
        try:
            answer = await self._send(*args, **options)
        except _ANY_ERROR as error:
            if await self.observe_error(error) and not isinstance(error, UNAVAILABLE):
                raise CommandRefused(str(error), is_alone=not self.availability.is_down) from error
            raise
        self.availability.record_success()
        return answer

    async def observe_error(self, error: Exception) -> Reason | None:
        """Take note of a failure and answer its reason; an answer that only the caller understands is none.

        Where only this command may be at fault, a probe decides whether it is an outage.
        """
        reason = reason_of(error)
        if reason is None:
            return None
        is_outage = is_certain(reason) or (reason is not Reason.REFUSED and not await self._answers_probe())
        self.availability.record_failure(reason, error, is_outage=is_outage)
        if reason is Reason.READ_ONLY:
            await self._drop_connections()
        if self.availability.is_down and (self._probing is None or self._probing.done()):
            self._probing = asyncio.create_task(self._probe(), name="redis probe")
        return reason

    async def aclose(self, *args: Any) -> None:
        """Close every connection."""
        await self._stop_probing()
        await super().aclose(*args)  # type: ignore[misc]

    async def _stop_probing(self) -> None:
        """End the probe of an outage that outlasts us."""
        while self._probing and not self._probing.done():
            self._probing.cancel()
            await asyncio.wait({self._probing}, timeout=1)

    async def _send(self, *args: Any, **options: Any) -> Any:
        with as_connection_error():
            return await super().execute_command(*args, **options)  # type: ignore[misc]

    async def _answers_probe(self) -> bool:
        try:
            await self._send(*_PROBE)
        except _ANY_ERROR:
            return False
        return True

    async def _probe(self) -> None:
        pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while True:
            if await self._answers_probe():
                self.availability.record_recovery()
                return
            await asyncio.sleep(pause.next_seconds())

    async def _drop_connections(self) -> None:
        """This server is no master any more: a new connection looks its address up anew."""
        pool = getattr(self, "connection_pool", None)
        if pool is not None:
            with suppress(*_ANY_ERROR):
                await pool.disconnect()


class Client(_Observed, Redis):  # type: ignore[misc]
    """A client of one server, or of the master that sentinels name."""


class _ClusterClient(_Observed, RedisCluster):  # type: ignore[misc]
    """A client of a cluster; it finds a slot's new master by itself."""


def connect(url: str, availability: RedisAvailability | None = None) -> Client:
    """Make a client for ``redis://``, ``rediss://``, ``unix://``, ``redis+sentinel://`` or ``redis+cluster://``.

    Nothing is sent until the first command. The client never repeats a command by itself: a repeated XADD
    would be two jobs, so each caller says what may be repeated.
    """
    client = _client(url)
    client.availability = availability or RedisAvailability()
    return client


@contextmanager
def as_unavailable() -> Iterator[None]:
    """The one place where what redis-py raises becomes ours: RedisUnavailable, or RedisRefused, which is one.

    RedisRefused is for a command that is refused while others are done.
    """
    try:
        yield
    except CommandRefused as error:
        kind = RedisRefused if error.is_alone else RedisUnavailable
        raise kind(f"Redis refuses: {error}") from error
    except UNAVAILABLE as error:
        raise RedisUnavailable(f"Redis does not answer ({type(error).__name__}).") from error


async def answered(command: Awaitable[Any] | Any) -> Any:
    """The answer to one plain command; raises RedisUnavailable."""
    with as_unavailable():
        return await command


async def until_answered(call: Callable[[], Awaitable[Answer]], patience_seconds: float) -> Answer:
    """Make a call, and repeat it for ``patience_seconds`` while Redis is away; then raise RedisUnavailable.

    Without patience it is made once. Only give patience to what may happen twice: a lost answer is asked for again.
    """
    with as_unavailable():
        return await (_patient(patience_seconds)(call) if patience_seconds else call())


@cache
def _patient(patience_seconds: float) -> Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]:
    """Calls again for so long. Cached, since building it takes longer than most calls."""

    @backoff.on_exception(
        backoff.expo,
        UNAVAILABLE,
        max_time=patience_seconds,
        max_value=_LONGEST_PAUSE_OF_A_CALL_SECONDS,
        factor=_FIRST_PAUSE_SECONDS,
        giveup=lambda error: isinstance(error, CommandRefused) and error.is_alone,
        logger=None,
    )
    async def patient(call: Callable[[], Awaitable[Any]]) -> Any:
        return await call()

    return patient


def _client(url: str) -> Client:
    scheme = urlsplit(url).scheme
    plain, _, kind = scheme.partition("+")
    if kind == "cluster":
        cluster: Any = _ClusterClient.from_url(plain + url.removeprefix(scheme), **_options())
        return cast("Client", cluster)
    if kind == "sentinel":
        return _through_sentinels(url)
    pool: Any = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=SOCKET_TIMEOUT_SECONDS,
        **_options(keepalive=scheme != "unix"),
    )
    return cast("Client", Client.from_pool(pool))


def _options(*, keepalive: bool = True) -> dict[str, Any]:
    options: dict[str, Any] = {
        "protocol": 2,
        "decode_responses": False,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": _CONNECT_TIMEOUT_SECONDS,
        "driver_info": None,  # naming itself would be two commands for each connection
        "retry": Retry(NoBackoff(), 0),
    }
    if keepalive:
        options["socket_keepalive"] = True
        options["socket_keepalive_options"] = _keepalive()
    return options


def _keepalive() -> dict[int, int]:
    """A silent cut is known after half a minute, at the price of no command."""
    wanted = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
    return {getattr(socket, name): value for name, value in wanted.items() if hasattr(socket, name)}


def _through_sentinels(url: str) -> Client:
    """``redis[s]+sentinel://[user:password@]host:port[,host:port…]/service[/db]``; the password is the master's."""
    parts = urlsplit(url)
    user, _, places = parts.netloc.rpartition("@")
    hosts = [pair.rpartition(":") for pair in places.split(",")]
    service, _, database = parts.path.strip("/").partition("/")
    addresses = [(host.strip("[]"), int(port)) for host, _, port in hosts]
    tls = {"ssl": True} if parts.scheme.startswith("rediss") else {}
    options = _options() | parse_url(f"redis://{user}@master/{database}?{parts.query}") | tls
    del options["host"]
    of_tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    sentinel: Any = Sentinel(addresses, sentinel_kwargs=_options() | of_tls)  # type: ignore[no-untyped-call]
    master: Client = sentinel.master_for(service or "mymaster", redis_class=Client, **options)
    return master
