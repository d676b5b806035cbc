"""May a record change like this? Its state, and what it counts. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.replay import Change, Record

LEGAL = frozenset(
    {
        ("new", "waiting"),
        ("waiting", "running"),
        ("waiting", "cancelled"),
        ("delayed", "waiting"),
        ("delayed", "cancelled"),
        ("running", "running"),
        ("running", "waiting"),
        ("running", "delayed"),
        ("running", "completed"),
        ("running", "dead"),
        ("running", "cancelled"),
        ("dead", "waiting"),
    }
)
_UNCHANGED = frozenset({"waiting", "delayed", "running"})


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong, and the check that found it."""

    check: str
    about: str


def bad_moves(change: Change) -> Iterator[Violation]:
    """What is wrong with one change of one record, by itself."""
    before, after = change.before, change.after
    state = before["state"] if before else "new"
    if state != after["state"] and (state, after["state"]) not in LEGAL:
        yield Violation("illegal move", f"{change.job}: {state} -> {after['state']}")
    elif state == after["state"] and state not in _UNCHANGED:
        yield Violation("illegal move", f"{change.job}: {state} written again")
    elif before:
        yield from _counted(change.job, before, after)


def _counted(job: str, before: Record, after: Record) -> Iterator[Violation]:
    """Taking counts one, interruption and postponement take it back, a requeue starts over, nothing else counts."""
    was, now = before["state"], after["state"]
    is_new_delivery = now == "running" and before.get("fence") != after["fence"]
    ended = (after.get("history") or [])[-1] if was == "running" and (now != was or is_new_delivery) else None
    wanted = before["attempts"] + int(is_new_delivery)
    if ended and ended["outcome"] in {"interrupted", "postponed"}:
        wanted -= 1
    if was == "dead":
        wanted = 0
    if after["attempts"] != wanted:
        yield Violation("attempts", f"{job}: {was} -> {now}, {before['attempts']} -> {after['attempts']}, not {wanted}")
    if ended and (ended["worker"], ended["number"]) != (before["worker"], before["attempts"]):
        yield Violation("attempts", f"{job}: {was} -> {now} wrote down {ended['worker']} {ended['number']}")
