"""What is the matter with Redis, and what mends it?"""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from redis.exceptions import NoPermissionError, OutOfMemoryError, RedisError, ResponseError

from watchsync import keys
from watchsync.cli.doctor_checks import Finding
from watchsync.redaction import redact, shown
from watchsync.redis_client import Client, connect
from watchsync.redis_errors import UNAVAILABLE
from watchsync.redis_observer import as_connection_error

OLDEST_REDIS = (6, 2)
_FULL_SHARE = 0.9
_NOT_TOLD = "not told by the host"
_PATIENCE_SECONDS = 5.0
_TROUBLE: tuple[type[Exception], ...] = (RedisError, *UNAVAILABLE)
_ACL = "ACL SETUSER NAME +@all -@dangerous +info ~{watchsync}:* &{watchsync}:*"


@dataclass(frozen=True, slots=True)
class _Cause:
    """What an error tells by a word in it, and the fix."""

    word: str
    seen: str
    fix: str


_SILENT = "Look for a firewall between here and there; and rediss:// is for a server that speaks TLS only."
_CAUSES = (
    _Cause("WRONGPASS", "refuses the name or password", "Correct the name and password in WATCHSYNC_REDIS_URL."),
    _Cause("invalid username-password", "refuses the name or password", "Correct them in WATCHSYNC_REDIS_URL."),
    _Cause("without any password", "has no password, but is given one", "Take it out of WATCHSYNC_REDIS_URL."),
    _Cause(
        "Authentication required", "locks us out: it wants a password", "Put it into WATCHSYNC_REDIS_URL (:PASSWORD@)."
    ),
    _Cause("NOAUTH", "locks us out: it wants a password", "Put it into WATCHSYNC_REDIS_URL (:PASSWORD@)."),
    _Cause("unauthenticated", "locks us out: it wants a password", "Put it into WATCHSYNC_REDIS_URL (:PASSWORD@)."),
    _Cause("DENIED", "is in protected mode, for its own machine only", "Give it a password, or bind it to loopback."),
    _Cause(
        "CERTIFICATE_VERIFY_FAILED",
        "shows a certificate that this machine does not trust",
        "Name its CA (?ssl_ca_certs=/path/ca.pem) and use the host that the certificate names in WATCHSYNC_REDIS_URL.",
    ),
    _Cause(
        "certificate",
        "and this machine differ over a certificate",
        "Correct the ssl_ options of WATCHSYNC_REDIS_URL.",
    ),
    _Cause("No such file or directory", "cannot be asked: there is no such socket or CA file", "Correct its path."),
    _Cause("WRONG_VERSION_NUMBER", "does not speak TLS", "Write redis:// instead of rediss://."),
    _Cause("record layer failure", "does not speak TLS", "Write redis:// instead of rediss://."),
    _Cause("not known", "is not found: no host has that name", "Correct the host in WATCHSYNC_REDIS_URL."),
    _Cause("No address associated", "is not found: no host has that name", "Correct the host in WATCHSYNC_REDIS_URL."),
    _Cause("Error 111", "does not answer: nothing listens there", "Start it, or correct WATCHSYNC_REDIS_URL."),
    _Cause("out of range", "has no database of that number", "Use 0, or a number below its `databases`."),
    _Cause("OutOfMemory", "is full", "Raise its maxmemory, or delete what else it holds."),
    _Cause("MISCONF", "cannot write to its disk", "Free space on its disk; its log says more."),
    _Cause("ReadOnly", "is a replica that takes no writes", "Name the primary, or use redis+sentinel://."),
    _Cause("BusyLoading", "is still loading its data", "Wait a moment, then run doctor again."),
    _Cause("MasterDown", "is a replica that lost its primary", "Name the primary, or use redis+sentinel://."),
    _Cause("No master found", "has sentinels that know no such primary", "Correct the service's name after the /."),
    _Cause("ClusterDown", "is a cluster that is down", "Bring its missing nodes back."),
    _Cause("MovedError", "is a node of a cluster", "Write redis+cluster:// in WATCHSYNC_REDIS_URL."),
    _Cause("luster mode", "is no cluster", "Write redis:// instead of redis+cluster://."),
    _Cause("NOREPLICAS", "has too few replicas to take writes", "Bring them back, or lower min-replicas-to-write."),
    _Cause("max number of clients", "has no connection left", "Raise its maxclients, or close other clients."),
    _Cause("losed by server", "closes the connection", "Where it speaks TLS write rediss://; else see its log."),
    _Cause("reset by peer", "closes the connection", "Where it speaks TLS write rediss://; else see its log."),
    _Cause("Timeout", "does not answer in time", _SILENT),
    _Cause("timed out", "does not answer in time", _SILENT),
)
"""The more exact word first."""


async def redis_findings(url: str, place: str) -> list[Finding]:
    """Which Redis is asked, and what of it is not as a queue needs it; ``place`` is where its address stands."""
    client = connect(url)
    try:
        with as_connection_error():
            milliseconds = await _round_trip(client)
            channels = await _channels(client)
            facts = await _facts(client)
    except _TROUBLE as error:
        return [finding_of(error, shown(url), place), *(await _memory_of_a_full_one(client, error))]
    finally:
        with suppress(RedisError, OSError):
            await client.aclose()
    return [
        Finding("Redis", f"{shown(url)} ({place})"),
        *server_findings(facts),
        channels,
        Finding("Redis round trip", f"{milliseconds:.1f} ms, scripts run"),
    ]


def finding_of(error: Exception, address: str, place: str) -> Finding:
    """The cause behind an error, and the fix."""
    why = f"{_why(error)}; address from {place}"
    if _is_forbidden(error):
        return Finding("Redis", f"{address} does not let this user do it ({why})", f"Allow it: {_ACL}")
    chain = f"{type(error).__name__} {_why(error)} {error.__cause__ or ''} {error.__context__ or ''}"
    for cause in _CAUSES:
        if cause.word in chain:
            return Finding("Redis", f"{address} {cause.seen} ({why})", cause.fix)
    said = "refuses us" if isinstance(error, ResponseError) else "does not answer"
    return Finding("Redis", f"{address} {said} ({why})", "Start it, or correct WATCHSYNC_REDIS_URL.")


def server_findings(facts: Mapping[str, object] | None) -> list[Finding]:
    """What ``INFO`` says about version, persistence, memory and eviction; a host may hide some of it, or all."""
    if facts is None:
        hidden = "not told: this user may not run INFO, so look yourself at persistence and eviction"
        return [Finding("Redis version", hidden)]
    version = str(facts.get("redis_version", _NOT_TOLD))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    is_old = bool(numbers) and numbers < OLDEST_REDIS
    policy = str(facts.get("maxmemory_policy", _NOT_TOLD))
    append_only = {1: "append-only file on", 0: "append-only file off"}
    persistence = append_only.get(cast("int", facts.get("aof_enabled")), _NOT_TOLD)
    evicts = policy.startswith(("allkeys", "volatile"))
    return [
        Finding("Redis version", version, "Use Redis 7 or newer." if is_old else None),
        Finding(
            "Redis persistence",
            persistence,
            "Set appendonly yes, or a Redis restart loses jobs." if persistence == append_only[0] else None,
        ),
        Finding(
            "Redis eviction",
            policy,
            f"Set maxmemory-policy noeviction, or {_lost(policy)} are thrown away when memory is full."
            if evicts
            else None,
        ),
        *_memory(facts),
    ]


def _lost(policy: str) -> str:
    return "jobs" if policy.startswith("allkeys") else "snapshots and what keeps a request from being done twice"


def _memory(facts: Mapping[str, object]) -> list[Finding]:
    used, most = facts.get("used_memory"), facts.get("maxmemory")
    if not (isinstance(used, int) and isinstance(most, int) and most):
        return []
    said = f"{used / 2**20:,.0f} of {most / 2**20:,.0f} MB used"
    fix = "Raise its maxmemory, or delete what else it holds." if used >= most * _FULL_SHARE else None
    return [Finding("Redis memory", said, fix)]


async def _memory_of_a_full_one(client: Client, error: Exception) -> list[Finding]:
    if not isinstance(error, OutOfMemoryError):
        return []
    with suppress(*_TROUBLE):
        return _memory(await client.info("memory"))
    return []


async def _facts(client: Client) -> Mapping[str, object] | None:
    try:
        return cast("Mapping[str, object]", await client.info())
    except RedisError as error:
        if _is_forbidden(error) or isinstance(error, ResponseError):
            return None
        raise


async def _channels(client: Client) -> Finding:
    """Whether this user may hear and send what wakes a worker and moves a progress bar."""
    pubsub: Any = client.pubsub()

    async def hear() -> object:
        await pubsub.subscribe(keys.WAKE)
        return await pubsub.get_message(timeout=_PATIENCE_SECONDS)

    try:
        for does, call in (("subscribe to", hear), ("publish on", lambda: client.publish(keys.WAKE, "1"))):
            if refusal := await _refusal(cast("Callable[[], Awaitable[object]]", call)):
                fix = f"Allow its channels ({keys.PREFIX}*): {_ACL}"
                return Finding("Redis channels", f"this user may not {does} them ({refusal})", fix)
    finally:
        await pubsub.aclose()
    return Finding("Redis channels", "heard and sent")


async def _refusal(call: Callable[[], Awaitable[object]]) -> str | None:
    try:
        await call()
    except RedisError as error:
        if not _is_forbidden(error):
            raise
        return _why(error)
    return None


async def _round_trip(client: Client) -> float:
    began = time.perf_counter()
    await client.eval("redis.call('SET', KEYS[1], ARGV[1], 'EX', 10)", 1, keys.DOCTOR, "well")
    await client.getdel(keys.DOCTOR)
    return (time.perf_counter() - began) * 1000


def _is_forbidden(error: Exception) -> bool:
    """Whether the server's access list forbids it; a cluster and a script say it in words of their own."""
    return isinstance(error, NoPermissionError) or "NOPERM" in str(error) or "no permissions" in str(error).lower()


def _why(error: Exception) -> str:
    return redact(str(error) or type(error).__name__)
