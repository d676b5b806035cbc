"""What can go wrong, as one tree.

    WatchsyncError
    ├── BadInput                      the caller can fix it: say what was expected
    │   ├── InvalidRef                not an IMDb user, watchlist, ratings or list
    │   └── InvalidSetting            one or more settings are wrong, each named
    ├── NotFed                        a part of a list is not handed to other programs
    ├── ListUnreadable                the list itself says no; retrying does not help
    │   ├── PrivateList, ListNotFound
    │   ├── NotTitles                 a list of people, images or anything else that is no title
    │   └── NoWayToRead               no enabled strategy can read this kind of list
    ├── OriginRefusal                 the site refuses us; stay away for a while
    │   ├── ChallengeUnsolved, CaptchaDemanded, Refused, Throttled
    │   ├── ClientNameRefused         the data service does not take the name that we give it
    │   ├── SignInAsked               a page to sign in at, in the list's place
    │   └── OriginCoolingDown         the circuit breaker is open, so we do not even ask
    ├── PageFault                     a page arrived, but not as expected; retry
    │   └── PageDrifted, PageTimeout, OriginUnreachable, PartialRead
    ├── Infrastructure                our own machinery failed; the job is not to blame
    │   ├── BrowserUnavailable, BrowserLost, PoolExhausted
    │   ├── OriginCrowded             more lists wait for their turn at the site than its interval carries
    │   └── MemoryExhausted, WorkerFailed, RedisUnavailable, EmbeddedRedisFailed, CannotListen
    │   │                             └── RedisRefused
    └── QueueRefusal                  the queue refused an operation
        ├── LeaseLost, JobNotFound, IllegalMove, IdempotencyConflict
        └── NotAdmitted               for now: QueueFull, BudgetSpent

Each class has a stable ``code``; its docstring's first line is what people read when nothing more exact is known.
"""

from watchsync.errors.base import (
    BadInput,
    InvalidRef,
    InvalidSetting,
    NotFed,
    WatchsyncError,
)
from watchsync.errors.infrastructure import (
    BrowserLost,
    BrowserUnavailable,
    CannotListen,
    EmbeddedRedisFailed,
    Infrastructure,
    MemoryExhausted,
    OriginCrowded,
    OutcomeUnrecordable,
    PoolExhausted,
    RedisRefused,
    RedisUnavailable,
    WorkerFailed,
)
from watchsync.errors.origin import (
    CaptchaDemanded,
    ChallengeUnsolved,
    ClientNameRefused,
    ListNotFound,
    ListUnreadable,
    NotTitles,
    NoWayToRead,
    OriginCoolingDown,
    OriginRefusal,
    OriginUnreachable,
    PageDrifted,
    PageFault,
    PageTimeout,
    PartialRead,
    PrivateList,
    Refused,
    SignInAsked,
    Throttled,
)
from watchsync.errors.queue import (
    BudgetSpent,
    IdempotencyConflict,
    IllegalMove,
    JobNotFound,
    LeaseLost,
    NotAdmitted,
    QueueFull,
    QueueRefusal,
)

__all__ = [
    "BadInput",
    "BrowserLost",
    "BrowserUnavailable",
    "BudgetSpent",
    "CannotListen",
    "CaptchaDemanded",
    "ChallengeUnsolved",
    "ClientNameRefused",
    "EmbeddedRedisFailed",
    "IdempotencyConflict",
    "IllegalMove",
    "Infrastructure",
    "InvalidRef",
    "InvalidSetting",
    "JobNotFound",
    "LeaseLost",
    "ListNotFound",
    "ListUnreadable",
    "MemoryExhausted",
    "NoWayToRead",
    "NotAdmitted",
    "NotFed",
    "NotTitles",
    "OriginCoolingDown",
    "OriginCrowded",
    "OriginRefusal",
    "OriginUnreachable",
    "OutcomeUnrecordable",
    "PageDrifted",
    "PageFault",
    "PageTimeout",
    "PartialRead",
    "PoolExhausted",
    "PrivateList",
    "QueueFull",
    "QueueRefusal",
    "RedisRefused",
    "RedisUnavailable",
    "Refused",
    "SignInAsked",
    "Throttled",
    "WatchsyncError",
    "WorkerFailed",
]
