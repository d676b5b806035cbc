"""How is Redis reached? One place that turns an address into a client, and a client's faults into ours."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

import backoff
from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from watchsync.availability import RedisAvailability
from watchsync.errors import RedisRefused, RedisUnavailable
from watchsync.redis_errors import UNAVAILABLE, CommandRefused
from watchsync.redis_observer import Observed

Answer = TypeVar("Answer")

SOCKET_TIMEOUT_SECONDS = 10.0
_CONNECT_TIMEOUT_SECONDS = 5.0
_CONNECTIONS = 32
"""Of one process; who finds all of them busy waits for one."""
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_OF_A_CALL_SECONDS = 5.0


class Client(Observed, Redis):  # type: ignore[misc]
    """A client of one server, or of the master that sentinels name."""


class _MasterPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to the master that sentinels name; who finds all of them busy waits for one."""


class _MasterClient(Client):
    """A client of the master that sentinels name."""

    has_sentinels = True

    async def follow_master(self) -> tuple[str, int] | None:
        """Leave every idle connection to another server than the master."""
        pool: Any = self.connection_pool
        with suppress(*UNAVAILABLE):
            host, port = await pool.get_master_address()
            return str(host), int(port)
        return None


class _ClusterClient(Observed, RedisCluster):  # type: ignore[misc]
    """A client of a cluster; it finds a slot's new master by itself.

    redis-py closes a cluster's client to initialize it anew, in the midst of a command: that ends no probe.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = asyncio.Semaphore(_CONNECTIONS)
        self._is_sending: ContextVar[bool] = ContextVar("is_sending", default=False)

    async def aclose(self, *args: Any) -> None:
        """Close every connection."""
        if self._is_sending.get():
            await RedisCluster.aclose(self)
        else:
            await super().aclose(*args)

    async def _send(self, *args: Any, **options: Any) -> Any:
        await self._take_place()
        token = self._is_sending.set(True)
        try:
            return await super()._send(*args, **options)
        finally:
            self._is_sending.reset(token)
            self._places.release()

    async def _take_place(self) -> None:
        """Wait for one of our connections, since all keys are on one node."""
        try:
            async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS if self._places.locked() else None):
                await self._places.acquire()
        except TimeoutError:
            raise RedisConnectionError("No connection available.") from None


def connect(url: str, availability: RedisAvailability | None = None) -> Client:
    """Make a client for ``redis://``, ``unix://``, ``redis+sentinel://`` or ``redis+cluster://``; ``rediss`` is by TLS.

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
    scheme, _, rest = url.partition("://")
    plain, _, topology = scheme.partition("+")
    if topology == "cluster":
        cluster: Any = _ClusterClient.from_url(f"{plain}://{rest}", **_options())
        return cast("Client", cluster)
    if topology == "sentinel":
        return _through_sentinels(url, is_tls=plain == "rediss")
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


def _through_sentinels(url: str, *, is_tls: bool) -> Client:
    """``redis+sentinel://[user:password@]host:port[,host:port…]/service[/db][?…]``; the password is the master's.

    The sentinels' own stand in the query: ``sentinel_username``, ``sentinel_password``. So do options of redis-py, such
    as ``ssl_ca_certs``, for master and sentinels alike.
    """
    parts = urlsplit(url)
    places = parts.netloc.rpartition("@")[2]
    hosts = [pair.rpartition(":") for pair in places.split(",")]
    service, _, database = parts.path.strip("/").partition("/")
    addresses = [(host.strip("[]"), int(port)) for host, _, port in hosts]
    given: dict[str, Any] = dict(parse_url(f"{'rediss' if is_tls else 'redis'}://h?{parts.query}"))
    own = {name: given.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    for name in ("host", "connection_class"):
        given.pop(name, None)
    options = {**_options(), **({"ssl": True} if is_tls else {}), **given}
    number = int(database or options.pop("db", 0))
    sentinel: Any = Sentinel(addresses, sentinel_kwargs={**options, **own})  # type: ignore[no-untyped-call]
    master: Client = sentinel.master_for(
        service or "mymaster",
        redis_class=_MasterClient,
        connection_pool_class=_MasterPool,
        max_connections=_CONNECTIONS,
        timeout=SOCKET_TIMEOUT_SECONDS,
        db=number,
        username=parts.username and unquote(parts.username),
        password=parts.password and unquote(parts.password),
        **options,
    )
    return master
