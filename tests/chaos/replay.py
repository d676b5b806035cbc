"""What did each step of the witness change? The queue's keys, built up again command by command. Pure."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.resp import Command

TAG = "{watchsync}:"
JOBS, ACTIVE, DELAYED = f"{TAG}jobs", f"{TAG}active", f"{TAG}delayed"
STREAMS = frozenset({f"{TAG}stream", f"{TAG}scheduled"})
RESULT = f"{TAG}result:"

Record = dict[str, Any]
FINISHED = frozenset({"completed", "dead", "cancelled"})


@dataclass(frozen=True)
class Change:
    """A record before (``None``: there was none) and after."""

    job: str
    before: Record | None
    after: Record


@dataclass
class Step:
    """What one script did."""

    number: int
    changes: list[Change] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)
    """Job and the mark of the attempt that its stored result bears."""
    claims: list[tuple[str, str]] = field(default_factory=list)
    """Job and the consumer to which its entry was given."""


class World:
    """The queue as it stood after the last step that was played."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.active: dict[str, str] = {}
        self.delayed: set[str] = set()
        self.entries: dict[tuple[str, str], str] = {}
        """Stream and entry -> job."""
        self.owners: dict[tuple[str, str], str] = {}
        """Stream and entry -> the consumer on which it is pending."""
        self.unfinished: dict[str, set[str]] = defaultdict(set)
        """List -> its jobs that will still do something."""

    def play(self, steps: Sequence[Sequence[Command]]) -> Iterator[Step]:
        for number, commands in enumerate(steps):
            step = Step(number)
            for command in commands:
                name, *words = (word.decode(errors="replace") for word in command)
                self._apply(step, name.upper(), words)
            yield step

    def entries_of(self, job: str) -> list[tuple[str, str]]:
        return [entry for entry, owner in self.entries.items() if owner == job]

    def _apply(self, step: Step, name: str, words: list[str]) -> None:
        key, *rest = words
        if key in STREAMS:
            self._in_stream(step, name, words)
        elif key == JOBS:
            self._in_jobs(step, name, rest)
        elif key == ACTIVE:
            self._in_active(name, rest)
        elif key == DELAYED:
            self._in_delayed(name, rest)
        elif name == "SET" and key.startswith(RESULT):
            step.results.append((key.removeprefix(RESULT), json.loads(rest[0])["mark"]))

    def _in_jobs(self, step: Step, name: str, words: list[str]) -> None:
        if name == "HSET":
            for job, text in zip(words[::2], words[1::2], strict=True):
                self._record(step, job, json.loads(text))
        elif name == "HDEL":
            for job in words:
                self.records.pop(job, None)

    def _in_active(self, name: str, words: list[str]) -> None:
        if name in {"HSET", "HSETNX"}:
            self.active.update(zip(words[::2], words[1::2], strict=True))
        elif name == "HDEL":
            for ref in words:
                self.active.pop(ref, None)

    def _in_delayed(self, name: str, words: list[str]) -> None:
        if name == "ZADD":
            self.delayed.update(words[1::2])
        elif name == "ZREM":
            self.delayed.difference_update(words)

    def _record(self, step: Step, job: str, record: Record) -> None:
        step.changes.append(Change(job, self.records.get(job), record))
        self.records[job] = record
        if record["state"] in FINISHED:
            self.unfinished[record["ref"]].discard(job)
        else:
            self.unfinished[record["ref"]].add(job)

    def _in_stream(self, step: Step, name: str, words: list[str]) -> None:
        match name, words:
            case "XADD", [stream, *_, entry, "job", job]:
                self.entries[stream, entry] = job
            case "XDEL", [stream, *gone]:
                for entry in gone:
                    self.entries.pop((stream, entry), None)
            case "XACK", [stream, _, *gone]:
                for entry in gone:
                    self.owners.pop((stream, entry), None)
            case "XCLAIM", [stream, _, consumer, _, entry, *_]:
                self.owners[stream, entry] = consumer
                if job := self.entries.get((stream, entry)):
                    step.claims.append((job, consumer))
