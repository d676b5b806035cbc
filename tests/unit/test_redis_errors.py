"""Why Redis did not do it: what servers, hosts and redis-py say, and whether only a probe can tell."""

import pytest
from redis._parsers.base import BaseParser
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    DataError,
    InvalidResponse,
    MaxConnectionsError,
    NoScriptError,
    OutOfMemoryError,
    RedisClusterException,
    ResponseError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

from watchsync.redis_errors import UNAVAILABLE, CommandRefused, Reason, is_certain, reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RedisConnectionError("Connection refused"), Reason.UNREACHABLE),
        (OSError("no route to host"), Reason.UNREACHABLE),
        (RedisClusterException("Redis Cluster cannot be connected"), Reason.UNREACHABLE),
        (MaxConnectionsError(), Reason.UNREACHABLE),
        (RedisTimeoutError("no answer"), Reason.SILENT),
        (BusyLoadingError("loading the dataset"), Reason.LOADING),
        (OutOfMemoryError("command not allowed"), Reason.FULL),
        (ClusterDownError("the cluster is down"), Reason.FAILOVER),
        (TryAgainError("later"), Reason.FAILOVER),
        (AuthenticationError("invalid username-password pair"), Reason.LOCKED_OUT),
        (RedisConnectionError("The previous master is now a slave"), Reason.READ_ONLY),
        (ResponseError("Protocol error: unauthenticated multibulk length"), Reason.LOCKED_OUT),
        (InvalidResponse("Protocol Error: b'HTTP/1.1 400 Bad Request'"), Reason.UNKNOWN),
        (CommandRefused("no", is_alone=True), Reason.REFUSED),
    ],
)
def test_each_failure_has_its_reason(error, reason):
    assert reason_of(error) is reason


SAID = {
    Reason.LOADING: ["LOADING Redis is loading the dataset in memory"],
    Reason.READ_ONLY: [
        "READONLY You can't write against a read only replica.",
        "READONLY You can't write against a read only replica. script: 5a0, on @user_script:3.",
        "ERR Error running script (call to f_5a0): @user_script:3: @user_script: 3: -READONLY You can't write",
    ],
    Reason.FULL: [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        "MISCONF Errors writing to the AOF file: No space left on device",
        "ERR max database size exceeded",
    ],
    Reason.FAILOVER: [
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "CLUSTERDOWN The cluster is down",
        "CLUSTERDOWN Hash slot not served",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "NOREPLICAS Not enough good replicas to write.",
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
    ],
    Reason.BUSY: [
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "UNKILLABLE Sorry the script already executed write commands against the dataset.",
    ],
    Reason.LOCKED_OUT: [
        "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "NOPERM this user has no permissions to run the 'evalsha' command",
        "NOPERM No permissions to access a key script: 5a0, on @user_script:3.",
        "ERR invalid password",
        "ERR Client sent AUTH, but no password is set",
        "ERR wrong number of arguments for 'auth' command",
        "ERR unauthorized",
        "DENIED Redis is running in protected mode because protected mode is enabled",
        "ERR The user executing the script can't run this command or subcommand script: 5a0, on @user_script:3.",
    ],
    Reason.LIMITED: [
        "ERR max daily request limit exceeded. Limit: 10000, Usage: 10001. See https://upstash.com/docs",
        "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.",
        "ERR max monthly bandwidth exceeded",
        "ERR max concurrent connections exceeded",
        "ERR max number of clients reached",
        "ERR DB capacity quota exceeded. Limit: 268435456 Bytes",
        "ERR Too many requests",
        "ERR rate limit exceeded, slow down",
    ],
    Reason.REFUSED: [
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "WRONGTYPE Operation against a key holding the wrong kind of value script: 5a0, on @user_script:3.",
        "ERR max request size exceeded. Limit: 1048576 bytes, Actual: 2000000 bytes",
        "ERR max single record size exceeded",
    ],
    Reason.UNKNOWN: [
        "ERR the moon is in the wrong house",
        "ECLIPSE come back tomorrow",
        "ERR database is paused",
        "ERR This instance is suspended, please contact support",
        "ERR unknown command 'EVALSHA', with args beginning with: ",
        "ERR internal error script: 5a0, on @user_script:3.",
        "IOERR error or timeout writing to target instance",
    ],
    None: [
        "ERR user_script:3: ILLEGAL dead -> running script: 5a0, on @user_script:3.",
        "ERR user_script:9: attempt to index a nil value script: 5a0, on @user_script:9.",
        "ERR Error running script (call to f_5a0): @user_script:9: user_script:9: attempt to index a nil value",
        "ERR Error compiling script (new function): user_script:1: unexpected symbol near '?'",
        "NOSCRIPT No matching script. Please use EVAL.",
        "NOGROUP No such key 'x' or consumer group 'y'",
        "ERR wrong number of arguments for 'get' command",
        "ERR value is not an integer or out of range",
        "ERR invalid expire time in 'set' command script: 5a0, on @user_script:3.",
        "ERR syntax error",
        "CROSSSLOT Keys in request don't hash to the same slot",
    ],
}


@pytest.mark.parametrize(("reason", "said"), [(reason, each) for reason, all_ in SAID.items() for each in all_])
def test_what_a_server_says_has_its_reason(reason, said):
    error = BaseParser.parse_error(said)
    assert reason_of(error) is reason


@pytest.mark.parametrize("error", [NoScriptError("No matching"), DataError("what?"), ValueError("ours")])
def test_an_answer_that_only_its_caller_understands_is_no_outage(error):
    assert reason_of(error) is None
    assert not isinstance(error, UNAVAILABLE)


def test_only_a_probe_tells_whether_an_error_is_of_one_command_or_of_all():
    assert {reason for reason in Reason if not is_certain(reason)} == {
        Reason.UNKNOWN,
        Reason.LOCKED_OUT,
        Reason.REFUSED,
    }
