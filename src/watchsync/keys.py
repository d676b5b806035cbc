"""What is each thing called in Redis?

Every key carries the hash tag ``{watchsync}``, so that one script may touch any of them on a cluster too.
"""

from watchsync.refs import ListRef

TAG = "{watchsync}"
PREFIX = f"{TAG}:"

# The queue
GROUP = "workers"
JOBS = f"{PREFIX}jobs"
"""Hash: job id -> its record."""
STREAM = f"{PREFIX}stream"
"""Stream of interactive work; one entry for a waiting or running job."""
SCHEDULED = f"{PREFIX}scheduled"
"""Stream of scheduled work, served after the interactive one."""
DELAYED = f"{PREFIX}delayed"
"""Sorted set: job id by the time at which it is due."""
ACTIVE = f"{PREFIX}active"
"""Hash: list -> id of its one active job."""
CREATED = f"{PREFIX}created"
"""Sorted set: every job id, in order of its name and so of time, for listing."""
BY_LIST = f"{PREFIX}by-list"
"""Sorted set: each list together with the id of each of its jobs, in the order of their names."""
DEAD = f"{PREFIX}dead"
"""Sorted set: dead-lettered job ids by the time they died."""
FINISHED = f"{PREFIX}finished"
"""Sorted set: finished jobs (id and list) by the time at which their records expire."""
CLOCKS = f"{PREFIX}clocks"
"""Hash of small facts that workers share, such as when the next lease may run out."""
BUDGETS = f"{PREFIX}budgets"
"""Hash: an address, as a salted hash -> how many new lists it asked for in this hour."""
SALT = f"{PREFIX}salt"
"""What addresses are hashed with; another one each day."""
QUARANTINE = f"{PREFIX}quarantine"
"""Stream: records that could not be read, with their ids and why; as many as there may be dead letters."""
NEWER = f"{PREFIX}newer"
"""Sorted set: ids of jobs that only a newer version can work on, by the version of their records."""
WAKE = f"{PREFIX}wake"
"""Channel: there may be work."""
CONTROL = f"{PREFIX}control"
"""Channel: a running job was cancelled."""
LEASES = f"{PREFIX}leases"
"""Channel: a consumer and how many jobs it holds, whenever it took, settled or renewed some."""


def events(job_id: str) -> str:
    """Channel of one job's events."""
    return f"{PREFIX}events:{job_id}"


def idempotency(digest: str) -> str:
    """The job that an Idempotency-Key made."""
    return f"{PREFIX}idempotency:{digest}"


# What syncs leave behind
def snapshot(ref: ListRef) -> str:
    """The believed snapshot of one list, compressed."""
    return f"{PREFIX}snapshot:{ref}"


def snapshot_beside(ref: ListRef, form: int) -> str:
    """A snapshot of an older form, where a newer program's stands in the snapshot's own place."""
    return f"{PREFIX}snapshot:{ref}:{form}"


def snapshot_part(ref: ListRef, stamp: str, number: int) -> str:
    """A further part of a snapshot that is too large for one command."""
    return f"{PREFIX}snapshot:{ref}:{stamp}:{number}"


def snapshot_parts(ref: ListRef) -> str:
    """Sorted set: the stamps of a list's parts by the time they were staged."""
    return f"{PREFIX}snapshot-parts:{ref}"


def tmdb(imdb_id: str) -> str:
    """What TMDB said about one title, shared by all lists."""
    return f"{PREFIX}tmdb:{imdb_id}"


# Towards the sites
def origin(host: str) -> str:
    """Hash: when the next page of this origin may be asked, and its circuit breaker."""
    return f"{PREFIX}origin:{host}"


# Looking after it all
DOCTOR = f"{PREFIX}doctor"
"""Written and read back by doctor, for a few seconds."""
PROBE = f"{PREFIX}probe"
"""Written while Redis is away, to see whether it is back; lives for a minute."""
