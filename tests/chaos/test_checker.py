"""The checker passes good histories, and names what is wrong with bad ones."""

import json

import pytest

from chaos.checker import violations
from chaos.history import History, Remains
from chaos.notes import Note

JOBS, ACTIVE, STREAM, RESULT = (
    "{watchsync}:jobs",
    "{watchsync}:active",
    "{watchsync}:stream",
    "{watchsync}:result:J1",
)


def command(*words):
    return tuple(str(word).encode() for word in words)


def record(state, seq, attempts, **facts):
    about = {"id": "J1", "ref": "ur1", "lane": "interactive", "state": state, "seq": seq, "attempts": attempts}
    return {**about, **facts}


def wrote(facts):
    return command("HSET", JOBS, "J1", json.dumps(facts))


def ended(outcome, worker="w1", number=1):
    return {"outcome": outcome, "worker": worker, "number": number, "started": 0, "ended": 0}


MADE = [
    command("HSETNX", ACTIVE, "ur1", "J1"),
    command("XADD", STREAM, "1-0", "job", "J1"),
    wrote(record("waiting", 0, 0, entry="1-0")),
]


def taken(worker="w1", seq=1, attempts=1, **facts):
    fence = f"{attempts}:{worker}"
    return [
        command("XCLAIM", STREAM, "workers", worker, 0, "1-0"),
        wrote(record("running", seq, attempts, entry="1-0", worker=worker, fence=fence, **facts)),
    ]


def stored(mark="w1 1"):
    return command("SET", RESULT, json.dumps({"mark": mark}))


LAST = record("completed", 2, 1, worker="w1", fence="1:w1", history=[ended("completed")])
GONE = [command("XACK", STREAM, "workers", "1-0"), command("XDEL", STREAM, "1-0"), command("HDEL", ACTIVE, "ur1")]
COMPLETED = [*GONE, stored(), wrote(LAST)]
ACCEPTED = Note("accepted", "storm", 0, {"id": "J1", "ref": "ur1", "job": "J1", "created": True, "key": None})


def checks(steps, *notes, **left):
    last = next((json.loads(c[3]) for step in reversed(steps) for c in reversed(step) if c[1] == JOBS.encode()), None)
    records = {"J1": json.dumps(last)} if last else {}
    history = History([ACCEPTED, *notes], steps, Remains(records, **left), lease_seconds=2, max_attempts=3)
    return {violation.check for violation in violations(history)}


def test_a_job_that_is_taken_and_completed_is_good():
    assert checks([MADE, taken(), COMPLETED]) == set()


def test_an_accepted_job_that_is_nowhere_is_lost():
    assert "lost" in checks([])


def test_a_job_that_never_ends_is_stuck():
    assert "stuck" in checks([MADE, taken()])


def test_a_result_outside_of_the_completing_step_is_not_atomic():
    assert "not atomic" in checks([MADE, taken(), [stored()], [*GONE, wrote(LAST)]])


def test_a_result_that_is_stored_twice_is_an_effect_too_many():
    assert "effect" in checks([MADE, taken(), COMPLETED, [stored()]])


def test_a_result_of_a_lost_attempt_is_fenced_out():
    lost = taken("w2", 2, 2, history=[ended("lost")])
    facts = {"worker": "w2", "fence": "2:w2", "history": [ended("lost"), ended("completed", "w2", 2)]}
    late = [*GONE, stored("w1 1"), wrote(record("completed", 3, 2, **facts))]
    assert "fenced-out store" in checks([MADE, taken(), lost, late])


def test_progress_of_a_lost_attempt_is_fenced_out():
    lost = taken("w2", 2, 2, history=[ended("lost")])
    said = taken("w2", 3, 2, history=[ended("lost")], progress={"message": "w1 1"})
    assert "fenced-out progress" in checks([MADE, taken(), lost, said])


def test_an_entry_claimed_by_another_than_the_holder_is_a_fenced_out_renewal():
    assert "fenced-out renewal" in checks([MADE, taken(), [command("XCLAIM", STREAM, "workers", "w2", 0, "1-0")]])


def test_a_finished_job_that_runs_again_is_an_illegal_move():
    assert "illegal move" in checks([MADE, taken(), COMPLETED, taken("w2", 3, 2)])


@pytest.mark.parametrize("attempts", [0, 2])
def test_taking_counts_exactly_one_attempt(attempts):
    assert "attempts" in checks([MADE, taken(attempts=attempts)])


def test_an_interrupted_attempt_must_be_given_back():
    again = [command("XADD", STREAM, "2-0", "job", "J1")]
    facts = {"entry": "2-0", "worker": "w1", "fence": "1:w1", "history": [ended("interrupted")]}
    assert "attempts" in checks([MADE, taken(), [*GONE[:2], *again, wrote(record("waiting", 2, 1, **facts))]])


def test_a_fourth_attempt_is_too_many():
    assert "too many attempts" in checks([MADE, taken(attempts=4)])


def test_a_second_unfinished_job_of_a_list_is_found():
    second = json.dumps({**record("waiting", 0, 0, entry="2-0"), "id": "J2"})
    made = [command("XADD", STREAM, "2-0", "job", "J2"), command("HSET", JOBS, "J2", second)]
    assert "two jobs of one list" in checks([MADE, made])


def test_a_list_that_stays_held_after_its_job_is_found():
    assert "list not freed" in checks([MADE, taken(), [*GONE[:2], stored(), wrote(LAST)]])


@pytest.mark.parametrize("left", [{"entries": 1}, {"pending": 1}, {"active": 1}, {"delayed": 1}])
def test_whatever_is_left_over_is_found(left):
    assert "left over" in checks([MADE, taken(), COMPLETED], **left)


def test_a_cancelled_job_must_stay_cancelled():
    assert "cancelled and not" in checks([MADE, taken(), COMPLETED], Note("cancelled", "storm", 1, {"job": "J1"}))


def test_an_idempotency_key_that_means_two_jobs_is_found():
    named = {"ref": "ur1", "created": False, "key": "k", "fingerprint": "f", "id": "J3"}
    notes = [Note("accepted", "storm", 1, {**named, "job": job}) for job in ("J1", "J2")]
    assert "idempotency" in checks([MADE, taken(), COMPLETED], *notes)


def test_a_holder_that_was_refused_is_found():
    refused = Note("log", "w1", 1, {"event": "attempt.settled", "job": "J1", "outcome": "refused"})
    assert "refused the holder" in checks([MADE, taken(), COMPLETED], refused)


def test_records_that_the_witness_does_not_tell_of_are_found():
    history = History([], [], Remains({"J9": "{}"}), lease_seconds=2, max_attempts=3)
    assert [violation.check for violation in violations(history)] == ["witness"]


def test_attempts_that_living_workers_lose_are_found():
    facts = {"worker": "w1", "fence": "1:w1"}
    lost = [{**ended("lost", number=number), "started": 1_000, "ended": 9_000} for number in (1, 1, 1)]
    dead = [*GONE, wrote(record("dead", 2, 1, **facts, history=lost))]
    kill = {"worker": "w1", "how": "kill"}
    assert "lost needlessly" in checks([MADE, taken(), dead])
    assert "lost needlessly" in checks([MADE, taken(), dead], Note("struck", "storm", 60, kill))
    assert "lost needlessly" not in checks([MADE, taken(), dead], Note("struck", "storm", 5, kill))


def test_an_attempt_that_a_second_signal_costs_is_needless_unless_redis_was_away():
    facts = {"worker": "w1", "fence": "1:w1"}
    lost = [{**ended("lost", number=number), "started": 1_000, "ended": 9_000} for number in (1, 1, 1)]
    dead = [*GONE, wrote(record("dead", 2, 1, **facts, history=lost))]
    twice = Note("struck", "storm", 5, {"worker": "w1", "how": "drain-at-once"})
    away = Note("blow", "storm", 4.5, {"strike": "kill-redis"})
    assert "lost needlessly" in checks([MADE, taken(), dead], twice)
    assert "lost needlessly" not in checks([MADE, taken(), dead], twice, away)


def test_whoever_settled_and_was_refused_although_nobody_settled_since_is_found():
    again = taken("w2", 3, 2, history=[ended("retry")])
    late = [*GONE[:2], stored("w2 3")]
    refused = Note("log", "w1", 1, {"event": "attempt.settled", "job": "J1", "outcome": "refused"})
    facts = {"worker": "w2", "fence": "2:w2"}
    lost = [*late, wrote(record("running", 4, 2, **facts, history=[ended("retry"), ended("lost", "w2", 2)]))]
    done = [*late, wrote(record("completed", 4, 2, **facts, history=[ended("retry"), ended("completed", "w2", 2)]))]
    assert "refused the holder" in checks([MADE, taken(), again, lost], refused)
    assert "refused the holder" not in checks([MADE, taken(), again, done], refused)
