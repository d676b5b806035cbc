"""Did the queue keep its promises? Reads a history and names everything that is wrong with it. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from chaos.history import History
from chaos.moves import Violation, bad_moves
from chaos.notes import Note
from chaos.replay import FINISHED, Change, Record, Step, World

_FATAL = frozenset({"kill", "freeze"})
_AWAY = frozenset({"kill-redis", "pause-redis", "fill-redis", "cut-everything"})
_HURRIED_SECONDS = 2.0
"""A worker told to leave at once that cannot reach Redis within this time loses its attempts."""
_BY_OTHERS = frozenset({"lost", "cancelled"})
_NEEDLESS_SHARE = 0.01
"""A machine that starves a worker for a whole lease looks like a worker that died."""
_SLACK_SECONDS = 1.0


def violations(history: History) -> list[Violation]:
    """Everything that is wrong with a history; empty for a good one."""
    return list(Checker(history).all())


class Checker:
    """One pass through a history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._world = World()
        self._deliveries: dict[tuple[str, int], Record] = {}
        """Job and seq -> the record as it was handed over with that seq."""
        self._completions: Counter[str] = Counter()
        self._stored: Counter[str] = Counter()
        self._moves: dict[str, list[str]] = defaultdict(list)
        self._notes: dict[str, list[Note]] = defaultdict(list)
        for note in history.notes:
            self._notes[note.what].append(note)

    def all(self) -> Iterator[Violation]:
        for step in self._world.play(list(self._history.steps)):
            for change in step.changes:
                yield from self._changed(change)
            yield from self._stores(step)
            yield from self._holds(step)
        yield from self._accepted()
        yield from self._answers()
        yield from self._keys()
        yield from self._effects()
        yield from self._losses()
        yield from self._refusals()
        yield from self._workers()
        yield from self._expectations()
        yield from self._remains()

    def _changed(self, change: Change) -> Iterator[Violation]:
        before, after = change.before, change.after
        self._moves[change.job].append(after["state"])
        yield from bad_moves(change)
        if after["attempts"] > self._history.max_attempts:
            yield Violation("too many attempts", f"{change.job}: {after['attempts']}")
        if after["state"] == "running" and (not before or before.get("fence") != after["fence"]):
            self._deliveries[change.job, after["seq"]] = after
        yield from self._told(change)

    def _told(self, change: Change) -> Iterator[Violation]:
        progress = change.after.get("progress")
        if progress and change.after["state"] == "running" and not self._is_holder(progress["message"], change.after):
            yield Violation(
                "fenced-out progress", f"{change.job}: {progress['message']} is not {change.after['fence']}"
            )

    def _is_holder(self, mark: str, record: Record) -> bool:
        """Whether the attempt that left this mark (worker and seq) is the one that the record's fence names."""
        delivery = self._deliveries.get((record["id"], int(mark.split()[1])))
        return delivery is not None and delivery["fence"] == record.get("fence")

    def _stores(self, step: Step) -> Iterator[Violation]:
        completed = [
            change.job
            for change in step.changes
            if change.after["state"] == "completed" and change.before and change.before["state"] != "completed"
        ]
        self._completions.update(completed)
        for job, mark in step.results:
            self._stored[job] += 1
            if job not in completed:
                yield Violation("not atomic", f"{job}: stored by {mark} in a step that does not complete it")
            if job in self._world.records and not self._is_holder(mark, self._world.records[job]):
                yield Violation(
                    "fenced-out store", f"{job}: {mark} stored, {self._world.records[job].get('fence')} held"
                )
        for job in completed:
            if job not in {stored for stored, _ in step.results}:
                yield Violation("not atomic", f"{job}: completed in a step that stores nothing")

    def _holds(self, step: Step) -> Iterator[Violation]:
        """After a step, the stream and the sets agree with the record of each job that it touched."""
        touched = {change.job for change in step.changes} | {job for job, _ in step.claims}
        for job in touched & self._world.records.keys():
            record = self._world.records[job]
            yield from self._entry(job, record)
            yield from self._alone(record)

    def _entry(self, job: str, record: Record) -> Iterator[Violation]:
        world, state = self._world, record["state"]
        lane = "{watchsync}:scheduled" if record["lane"] == "scheduled" else "{watchsync}:stream"
        place = (lane, record.get("entry") or "")
        is_queued = state in {"waiting", "running"}
        if is_queued and world.entries.get(place) != job:
            yield Violation("no entry", f"{job}: {state}, and {place[1]} is not in the stream")
        if not is_queued and record.get("entry"):
            yield Violation("orphan entry", f"{job}: {state} with entry {record['entry']}")
        owner = world.owners.get(place)
        if state == "running" and owner != record["worker"]:
            yield Violation("fenced-out renewal", f"{job}: held by {record['worker']}, pending on {owner}")
        if state == "waiting" and owner:
            yield Violation("not atomic", f"{job}: waiting and pending on {owner}")
        if (state == "delayed") != (job in world.delayed):
            yield Violation("not atomic", f"{job}: {state}, but among the delayed: {job in world.delayed}")

    def _alone(self, record: Record) -> Iterator[Violation]:
        ref = record["ref"]
        unfinished = self._world.unfinished[ref]
        if len(unfinished) > 1:
            yield Violation("two jobs of one list", f"{ref}: {sorted(unfinished)}")
        elif unfinished and self._world.active.get(ref) not in unfinished:
            yield Violation("two jobs of one list", f"{ref}: {sorted(unfinished)} not held")
        elif not unfinished and ref in self._world.active:
            yield Violation("list not freed", f"{ref} by {self._world.active[ref]}")

    def _accepted(self) -> Iterator[Violation]:
        for note in self._notes["accepted"]:
            if not self._moves[note.job]:
                yield Violation("lost", f"{note.job} was accepted and is nowhere")
            elif note.created and note.job != note.id:
                yield Violation("wrong answer", f"{note.id} was created as {note.job}")
            elif (record := self._world.records.get(note.job)) and record["ref"] != note.ref:
                yield Violation("wrong answer", f"{note.id} for {note.ref} joined {note.job} of {record['ref']}")
        for job, record in self._world.records.items():
            if record["state"] not in FINISHED:
                yield Violation("stuck", f"{job} is {record['state']}")

    def _answers(self) -> Iterator[Violation]:
        for note in self._notes["cancelled"]:
            if self._moves[note.job][-1:] != ["cancelled"]:
                yield Violation("cancelled and not", f"{note.job}: {self._moves[note.job]}")
        for job, count in Counter(note.job for note in self._notes["requeued"]).items():
            again = sum(
                pair == ("dead", "waiting") for pair in zip(self._moves[job], self._moves[job][1:], strict=False)
            )
            if again < count:
                yield Violation("requeued and not", f"{job}: {count} times, of which {again} are seen")

    def _keys(self) -> Iterator[Violation]:
        first: dict[str, Note] = {}
        for note in self._notes["accepted"]:
            if note.key:
                known = first.setdefault(note.key, note)
                if (known.job, known.fingerprint) != (note.job, note.fingerprint):
                    yield Violation("idempotency", f"{note.key}: {known.job}, then {note.job}")

    def _effects(self) -> Iterator[Violation]:
        for job in self._completions.keys() | self._stored.keys():
            if self._completions[job] != 1 or self._stored[job] != 1:
                yield Violation(
                    "effect", f"{job}: completed {self._completions[job]}, stored {self._stored[job]} times"
                )
        for note in self._notes["ended"]:
            if (note.job, note.seq) not in self._deliveries:
                yield Violation("worked unasked", f"{note.who} on {note.job}, seq {note.seq}")

    def _losses(self) -> Iterator[Violation]:
        """An attempt is lost only with its worker; one lost for no reason was taken from a living worker."""
        drained = {note.worker for note in self._notes["struck"] if note.how == "drain"}
        needless = []
        for job, record in self._world.records.items():
            for attempt in record.get("history") or ():
                if attempt["outcome"] == "lost" and not self._was_struck(attempt):
                    needless.append(f"{job} by {attempt['worker']}")
                if attempt["outcome"] == "interrupted" and attempt["worker"] not in drained:
                    yield Violation("interrupted by nobody", f"{job} at {attempt['worker']}")
        if len(needless) > max(1, len(self._deliveries) * _NEEDLESS_SHARE):
            yield from (Violation("lost needlessly", about) for about in needless)

    def _was_struck(self, attempt: Record) -> bool:
        """Whether the attempt's worker was struck while it held the job, or could not renew its lease."""
        begin, end = attempt["started"] / 1000 - _SLACK_SECONDS, attempt["ended"] / 1000
        if any(begin <= note.at <= end for note in self._notes["stalled"]):
            return True
        return any(
            note.worker == attempt["worker"] and begin <= note.at <= end and self._is_fatal(note)
            for note in self._notes["struck"]
        )

    def _is_fatal(self, struck: Note) -> bool:
        """Whether this strike costs an attempt. A second SIGTERM does so only while Redis is away."""
        return struck.how in _FATAL or (
            struck.how == "drain-at-once"
            and any(
                blow.strike in _AWAY and abs(struck.at - blow.at) < _HURRIED_SECONDS for blow in self._notes["blow"]
            )
        )

    def _refusals(self) -> Iterator[Violation]:
        """A worker is refused only if others ended its attempt, or another attempt was settled since."""
        refused = Counter((n.who, n.job) for n in self._notes["log"] if n.facts.get("outcome") == "refused")
        for (worker, job), count in refused.items():
            history = (self._world.records.get(job) or {}).get("history") or ()
            others = [attempt["outcome"] in _BY_OTHERS for attempt in history]
            ended = sum(
                attempt["worker"] == worker and (others[at] or not all(others[at + 1 :]))
                for at, attempt in enumerate(history)
            )
            if count > ended:
                yield Violation("refused the holder", f"{worker} on {job}: {count} times, ended {ended}")

    def _workers(self) -> Iterator[Violation]:
        for note in self._notes["crashed"]:
            yield Violation("worker failed", f"{note.who}: {note.error}")
        for note in self._notes["gone"]:
            if note.illegal:
                yield Violation("illegal move", f"{note.who} was refused {note.illegal} moves")
        for note in self._notes["log"]:
            if note.event in {"attempt.abandoned", "queue.reconciled"}:
                yield Violation("worker failed", f"{note.who}: {note.event} {note.facts}")
        for note in self._notes["stayed"]:
            yield Violation("worker failed", f"{note.worker} did not leave")

    def _expectations(self) -> Iterator[Violation]:
        for note in self._notes["late"]:
            yield Violation("recovered late", f"{note.job} was not taken over after {note.seconds} s")

    def _remains(self) -> Iterator[Violation]:
        left = self._history.remains
        for what in ("entries", "pending", "active", "delayed"):
            if getattr(left, what):
                yield Violation("left over", f"{what}: {getattr(left, what)}")
        if left.busy_consumers:
            yield Violation("left over", f"consumers: {sorted(left.busy_consumers)}")
        if names := left.consumers & {note.who for note in self._notes["left"]}:
            yield Violation("left over", f"consumers that had left: {sorted(names)}")
        seen = {job: json.loads(text) for job, text in left.records.items()}
        if seen != self._world.records:
            yield Violation("witness", "the records are not what the append-only file tells")
