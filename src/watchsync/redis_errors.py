"""Why did Redis not do it? Pure: the words of servers, hosts and redis-py, and what follows from them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    ClusterError,
    ConnectionError as RedisConnectionError,
    DataError,
    InvalidResponse,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)


class Reason(StrEnum):
    """Why a command failed, as metrics count it."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    LOADING = "loading"
    READ_ONLY = "read-only"
    FULL = "full"
    FAILOVER = "failover"
    BUSY = "busy"
    LOCKED_OUT = "locked-out"
    LIMITED = "limited"
    """The plan's quota, or the number of connections that the server takes, is used up."""
    REFUSED = "refused"
    """The command itself is at fault, such as one that meets a key of another type."""
    UNKNOWN = "unknown"
    """An error that nobody has seen."""


class CommandRefused(RedisError):
    """The server answers, but does not do this, and redis-py has no class of its own for that.

    ``is_alone`` where it does other commands.
    """

    def __init__(self, message: str, *, is_alone: bool) -> None:
        super().__init__(message)
        self.is_alone = is_alone


_REASON_OF: Final[Mapping[type[Exception], Reason]] = {
    AuthenticationError: Reason.LOCKED_OUT,
    AuthenticationWrongNumberOfArgsError: Reason.LOCKED_OUT,
    AuthorizationError: Reason.LOCKED_OUT,
    BusyLoadingError: Reason.LOADING,
    ReadOnlyError: Reason.READ_ONLY,
    OutOfMemoryError: Reason.FULL,
    ClusterDownError: Reason.FAILOVER,
    MasterDownError: Reason.FAILOVER,
    TryAgainError: Reason.FAILOVER,
    RedisClusterException: Reason.UNREACHABLE,
    ClusterError: Reason.FAILOVER,
    RedisTimeoutError: Reason.SILENT,
    RedisConnectionError: Reason.UNREACHABLE,
    OSError: Reason.UNREACHABLE,
}
"""The more exact class first."""
UNAVAILABLE: Final[tuple[type[Exception], ...]] = (CommandRefused, *_REASON_OF)
"""What `Client` raises for a server that is away, starting, failing over, full or unwilling; waiting may mend it."""

_REASON_OF_CODE: Final = {
    "LOADING": Reason.LOADING,
    "READONLY": Reason.READ_ONLY,
    "OOM": Reason.FULL,
    "MISCONF": Reason.FULL,
    "NOREPLICAS": Reason.FAILOVER,
    "NOGOODSLAVE": Reason.FAILOVER,
    "MASTERDOWN": Reason.FAILOVER,
    "CLUSTERDOWN": Reason.FAILOVER,
    "TRYAGAIN": Reason.FAILOVER,
    "UNBLOCKED": Reason.FAILOVER,
    "BUSY": Reason.BUSY,
    "UNKILLABLE": Reason.BUSY,
    "NOAUTH": Reason.LOCKED_OUT,
    "WRONGPASS": Reason.LOCKED_OUT,
    "NOPERM": Reason.LOCKED_OUT,
    "DENIED": Reason.LOCKED_OUT,
    "WRONGTYPE": Reason.REFUSED,
}
_CODE: Final = re.compile(rf"^(?:ERR )?-?({'|'.join(_REASON_OF_CODE)})\b")
_REASON_OF_WORDS: Final = (
    (Reason.READ_ONLY, re.compile("previous master is now a slave")),  # how redis-py says it where sentinels are
    (Reason.LOCKED_OUT, re.compile("(?i)unauthenticated|unauthorized|invalid (username-)?password|can't run this")),
    (Reason.REFUSED, re.compile("(?i)max (request|record|single record|key|value|command) size")),
    (Reason.LIMITED, re.compile("(?i)quota|max(imum)? (number|daily|monthly|requests?|concurrent|bandwidth|conn)")),
    (Reason.LIMITED, re.compile("(?i)(limit|capacity) (was |is )?(exceeded|reached)|too many (conn|clients|req)")),
    (Reason.FULL, re.compile("(?i)max database size|out of memory")),
)
"""What hosted servers and old ones say without a code."""
_OF_THE_COMMAND: Final = re.compile(
    r"^(ERR )?user_script:\d+|ILLEGAL|NOSCRIPT|No matching script|NOGROUP|BUSYGROUP|BUSYKEY|CROSSSLOT|EXECABORT|NOTBUSY"
    r"|compiling script|script attempted|wrong number of|syntax error|value is not|not an integer|not a valid"
    r"|invalid (expire|stream|cursor|bulk|multibulk|argument|command)|out of range|no such key|exceeds maximum"
    r"|Number of keys",
    re.IGNORECASE,
)
"""What only the caller understands: a script's own error, wrong arguments."""
_OLD_SCRIPT: Final = re.compile(r"Error running script \(call to \w+\): (@user_script: ?\d+: )*-?")
"""What Redis 6.2 puts before an error that a script met."""


def reason_of(error: Exception) -> Reason | None:
    """Why the server did not do it; ``None`` for an answer that only the caller understands."""
    if isinstance(error, CommandRefused):
        return Reason.REFUSED
    text = _OLD_SCRIPT.sub("", f"{getattr(error, 'status_code', None) or ''} {error}").strip()
    if code := _CODE.search(text):
        return _REASON_OF_CODE[code[1]]
    if isinstance(error, RedisError):
        for reason, words in _REASON_OF_WORDS:
            if words.search(text):
                return reason
    for kind, reason in _REASON_OF.items():
        if isinstance(error, kind):
            return reason
    return _reason_of_answer(error, text)


def is_certain(reason: Reason) -> bool:
    """Whether any other command would fail too. Where it is not, only a probe can tell."""
    return reason not in {Reason.REFUSED, Reason.LOCKED_OUT, Reason.UNKNOWN}


def _reason_of_answer(error: Exception, text: str) -> Reason | None:
    if isinstance(error, DataError | NoScriptError) or not isinstance(error, ResponseError | InvalidResponse):
        return None
    return None if _OF_THE_COMMAND.search(text) else Reason.UNKNOWN
