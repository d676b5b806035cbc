"""How is Redis reached? One place that turns an address into a client, and a client's faults into ours."""

import socket
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

AWAY = (
    RedisConnectionError,
    RedisTimeoutError,
    BusyLoadingError,
    ReadOnlyError,
    ClusterDownError,
    MasterDownError,
    OutOfMemoryError,
    TryAgainError,
    OSError,
)
"""What a server that is away, starting, failing over or full makes redis-py raise; waiting may mend it."""

SOCKET_TIMEOUT_SECONDS = 10.0
_CONNECT_TIMEOUT_SECONDS = 5.0
_CONNECTIONS = 32
"""Of one process; who finds all of them busy waits for one."""

Client = Redis


def connect(url: str) -> Client:
    """Make a client for ``redis://``, ``rediss://``, ``unix://``, ``redis+sentinel://`` or ``redis+cluster://``.

    Nothing is sent until the first command. The client never repeats a command by itself: a repeated XADD
    would be two jobs, so each caller says what may be repeated.
    """
    scheme = urlsplit(url).scheme
    if scheme == "redis+cluster":
        cluster: Any = RedisCluster.from_url("redis" + url.removeprefix("redis+cluster"), **_cluster_options())
        return cast("Client", cluster)
    if scheme == "redis+sentinel":
        return _through_sentinels(url)
    pool: Any = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=SOCKET_TIMEOUT_SECONDS,
        **_options(keepalive=scheme != "unix"),
    )
    client: Client = Redis.from_pool(pool)
    return client


def _options(*, keepalive: bool = True) -> dict[str, Any]:
    options: dict[str, Any] = {
        "protocol": 2,
        "decode_responses": False,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": _CONNECT_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    if keepalive:
        options["socket_keepalive"] = True
        options["socket_keepalive_options"] = _keepalive()
    return options


def _cluster_options() -> dict[str, Any]:
    return {name: value for name, value in _options().items() if name != "retry"}


def _keepalive() -> dict[int, int]:
    wanted = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 3}
    return {getattr(socket, name): value for name, value in wanted.items() if hasattr(socket, name)}


def _through_sentinels(url: str) -> Client:
    """``redis+sentinel://[user:password@]host:port[,host:port…]/service[/db]``."""
    parts = urlsplit(url)
    hosts = [pair.rpartition(":") for pair in parts.netloc.rpartition("@")[2].split(",")]
    service, _, database = parts.path.strip("/").partition("/")
    sentinel: Any = Sentinel([(host, int(port)) for host, _, port in hosts], **_options())  # type: ignore[no-untyped-call]
    master: Client = sentinel.master_for(
        service or "mymaster",
        db=int(database or parse_qs(parts.query).get("db", ["0"])[0]),
        username=parts.username,
        password=parts.password,
        **_options(),
    )
    return master


def shown(url: str) -> str:
    """The address without its password, for logs and people."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"…@{parts.netloc.rpartition('@')[2]}"))
