"""What will happen? Every random choice, from one seed. Pure."""

import random
from dataclasses import dataclass
from enum import StrEnum

REQUESTS_PER_SECOND = 16
LEASE_SECONDS = 2.0
MAX_ATTEMPTS = 3
DEADLINE_SECONDS = 3 * LEASE_SECONDS
_REQUESTS_PER_STRIKE = 7
_POPULAR_LISTS = 8


class Strike(StrEnum):
    """Something that goes wrong."""

    KILL = "kill"
    """SIGKILL of a worker."""
    FREEZE = "freeze"
    """SIGSTOP of a worker until its leases are gone, then SIGCONT."""
    DRAIN = "drain"
    """SIGTERM of a worker."""
    DRAIN_AT_ONCE = "drain-at-once"
    """SIGTERM of a worker, and another one."""
    KILL_REDIS = "kill-redis"
    """SIGKILL of Redis, which then starts on its data."""
    PAUSE_REDIS = "pause-redis"
    """CLIENT PAUSE."""
    STALL_REDIS = "stall-redis"
    """SIGSTOP of Redis until all leases are gone, then SIGCONT."""
    FILL_REDIS = "fill-redis"
    """Redis has no memory left for some time."""
    FORGET_SCRIPTS = "forget-scripts"
    """SCRIPT FLUSH."""
    CUT_EVERYTHING = "cut-everything"
    """All connections break at once, the subscriptions among them."""


_LONG = frozenset({Strike.FREEZE, Strike.STALL_REDIS})
"""They last longer than a lease."""
_RARE = frozenset({Strike.STALL_REDIS})
"""They stop all work, so only one round in five has them."""


@dataclass(frozen=True)
class Blow:
    """A strike after a number of requests; one for workers hits a single worker."""

    after: int
    strike: Strike
    slot: int
    seconds: float


@dataclass(frozen=True)
class Request:
    """One request to the queue. ``kind`` is submit, batch, cancel or requeue."""

    kind: str
    ids: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    lane: str = "interactive"
    key: str | None = None
    fingerprint: str = ""
    is_stubborn: bool = False
    """Whether it is repeated with the same id when it gets no answer."""


@dataclass(frozen=True)
class Work:
    """What one attempt does."""

    seconds: float = 0.0
    progresses: int = 0
    ending: str = "done"
    """``done``, ``killed`` (takes its worker along), ``held`` (until it is released) or the name of a fault."""


@dataclass(frozen=True)
class Plan:
    """Requests in order, and the blows between them."""

    seed: int
    requests: tuple[Request, ...]
    blows: tuple[Blow, ...]


def plan(seed: int, jobs: int, workers: int, strikes: tuple[Strike, ...] = tuple(Strike)) -> Plan:
    """The same for the same arguments."""
    rng = random.Random(f"{seed} requests")
    requests: list[Request] = []
    made: list[str] = []
    keys: list[tuple[str, str]] = []
    while len(made) < jobs:
        requests.append(_request(rng, made, keys))
    return Plan(seed, tuple(requests), tuple(_blows(random.Random(f"{seed} blows"), len(requests), workers, strikes)))


def _request(rng: random.Random, made: list[str], keys: list[tuple[str, str]]) -> Request:
    dice = rng.random()
    if made and dice < 0.08:
        return Request("cancel", ids=(rng.choice(made[-4:]),))
    if made and dice < 0.12:
        return Request("requeue")
    if dice < 0.20:
        ids = tuple(_new_id(made) for _ in range(5))
        return Request(
            "batch", ids, tuple(_list(rng, each) for each in ids), _lane(rng), is_stubborn=rng.random() < 0.8
        )
    if keys and dice < 0.28:
        key, ref = rng.choice(keys[-6:])
        fingerprint = ref if rng.random() < 0.8 else "another"
        return Request("submit", (_new_id(made),), (ref,), "interactive", key, fingerprint, is_stubborn=True)
    new = _new_id(made)
    ref = _list(rng, new)
    key = f"key-{new}" if rng.random() < 0.15 else None
    if key:
        keys.append((key, ref))
    return Request("submit", (new,), (ref,), _lane(rng), key, ref if key else "", is_stubborn=rng.random() < 0.8)


def _new_id(made: list[str]) -> str:
    made.append(f"C{len(made):06}")
    return made[-1]


def _list(rng: random.Random, job_id: str) -> str:
    return f"ur{rng.randrange(_POPULAR_LISTS)}" if rng.random() < 0.3 else f"ur1{job_id[1:]}"


def _lane(rng: random.Random) -> str:
    return "interactive" if rng.random() < 0.6 else "scheduled"


def _blows(rng: random.Random, requests: int, workers: int, strikes: tuple[Strike, ...]) -> list[Blow]:
    blows: list[Blow] = []
    deck: list[Strike] = []
    rounds = 0
    at = 4
    while strikes and at < requests:
        if not deck:
            deck = [strike for strike in strikes if strike not in _RARE or rounds % 5 == 0] or list(strikes)
            rng.shuffle(deck)
            rounds += 1
        seconds = rng.uniform(1.3, 2.2) * LEASE_SECONDS if deck[-1] in _LONG else rng.uniform(0.05, 0.5)
        blows.append(Blow(at, deck.pop(), rng.randrange(workers), seconds))
        at += rng.randint(1, 2 * _REQUESTS_PER_STRIKE - 1)
    return blows


_ENDINGS = ("drifted", "throttled", "browser-lost", "no-browser", "private", "bug", "late")


def work(seed: int, job_id: str, attempt: int) -> Work:
    """What this attempt at this job does: mostly it is short and ends well."""
    if job_id.startswith("H"):
        return Work(ending="held")
    if job_id.startswith("A"):
        return Work(ending="killed" if attempt == 1 else "done")
    rng = random.Random(f"{seed} {job_id} {attempt}")
    dice = rng.random()
    fate = random.Random(f"{seed} {job_id} fate").random()
    if fate < 0.008:
        return Work(rng.uniform(0, 0.05), ending="killed")
    if fate < 0.03:
        return Work(rng.uniform(0, 0.05), ending="drifted")
    if dice < 0.10:
        return Work(rng.uniform(1.2, 2.2) * LEASE_SECONDS, progresses=rng.choice((0, 4)))
    if dice < 0.11:
        return Work(rng.uniform(0, 0.1), ending="killed")
    if dice < 0.22:
        ending = rng.choice(_ENDINGS)
        return Work(DEADLINE_SECONDS * 2 if ending == "late" else rng.uniform(0, 0.05), 1, ending)
    return Work(rng.uniform(0, 0.06) if dice < 0.5 else rng.uniform(0.1, 0.9), progresses=rng.choice((0, 0, 1, 2)))
