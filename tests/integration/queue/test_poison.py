"""One record that cannot be used costs one job: it is moved aside, counted, and stops nobody."""

import asyncio

import orjson
import pytest
from structlog.testing import capture_logs

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import BadInput, IllegalMove, JobNotFound
from watchsync.job import Completed, JobState, NewJob
from watchsync.queue.producer import IdempotencyKey
from watchsync.queue.record import RecordUnreadable, job_from
from watchsync.queue.retention import Retention
from watchsync.refs import ListRef

GONE = object()


def broken(**changes):
    """What a record becomes when some of its fields are changed, or taken away."""

    def change(text: bytes) -> bytes:
        record = {**orjson.loads(text), **changes}
        return orjson.dumps({name: value for name, value in record.items() if value is not GONE})

    return change


def spliced(before: bytes, after: bytes):
    def change(text: bytes) -> bytes:
        assert before in text
        return text.replace(before, after)

    return change


POISONS = {
    "not JSON": lambda _: b"{",
    "empty": lambda _: b"",
    "binary": lambda _: b"\xff\x00\xfe",
    "a list": lambda _: b"[1]",
    "a string": lambda _: b'"waiting"',
    "a number": lambda _: b"5",
    "null": lambda _: b"null",
    "an empty object": lambda _: b"{}",
    "nested too deep": lambda _: b"[" * 2000,
    "another job's": broken(id="J9"),
    "without an id": broken(id=GONE),
    "without a state": broken(state=GONE),
    "unknown state": broken(state="sleeping"),
    "a state that is a number": broken(state=1),
    "without a list": broken(ref=GONE),
    "a list with a space": broken(ref="ur1 ur2"),
    "a list that is none": broken(ref="tt0111161"),
    "a list that is a number": broken(ref=1),
    "unknown lane": broken(lane="fast"),
    "without attempts": broken(attempts=GONE),
    "attempts in words": broken(attempts="two"),
    "null attempts": broken(attempts=None),
    "attempts beyond all numbers": spliced(b'"attempts":0', b'"attempts":1e999'),
    "attempts that are no number": spliced(b'"attempts":0', b'"attempts":NaN'),
    "without a number of hand-overs": broken(handovers=GONE),
    "without a sequence": broken(seq=GONE),
    "created in words": broken(created="yesterday"),
    "created beyond all calendars": broken(created=2**52),
    "a history in words": broken(history="long"),
    "a history of words": broken(history=["first"]),
    "a history of NaN": spliced(b'"attempts":0', b'"attempts":0,"history":[NaN]'),
    "a start in words": broken(started="soon"),
    "progress in words": broken(progress="half", state="waiting"),
    "progress without a stage": broken(progress={"done": 1}),
    "an error in words": broken(error="bad"),
    "an error without a code": broken(error={"message": "bad"}),
    "without its entry": broken(entry=GONE),
    "an entry that is none": broken(entry="first"),
    "a callback that is a number": broken(callback=5),
    "a correlation of a kind": broken(correlation={"a": 1}),
}
_HARMLESS_ONCE_TAKEN = frozenset({"progress in words", "progress without a stage"})
"""Taking a job forgets its progress."""


@pytest.mark.parametrize("poison", POISONS, ids=str)
async def test_a_poisoned_waiting_job_is_moved_aside_and_the_others_go_on(poison, queue, hire, client, submit):
    bad = (await submit("ur1")).job.id
    good = (await submit("ur2")).job.id
    await client.hset(keys.JOBS, bad, POISONS[poison](await client.hget(keys.JOBS, bad)))
    worker = hire()
    taken = [delivery.job.id for delivery in (await worker.take(5)).deliveries]
    if poison in _HARMLESS_ONCE_TAKEN:
        assert taken == [bad, good]
        return
    assert taken == [good]
    assert (await queue.gauges.depth()).quarantined == 1
    assert await client.hexists(keys.JOBS, bad) == 0
    ((_, kept),) = await client.xrange(keys.QUARANTINE)
    assert (kept[b"id"].decode(), bool(kept[b"why"])) == (bad, True)
    assert [job.id for job in (await queue.lookup.find()).jobs] == [good]
    again = await submit("ur1")  # its list is free
    assert again.created
    assert [delivery.job.id for delivery in (await worker.take(5)).deliveries] == [again.job.id]


@pytest.mark.parametrize("poison", POISONS, ids=str)
async def test_a_poisoned_running_job_stops_neither_its_worker_nor_the_others(
    poison, hire, client, submit, queue, expire_leases
):
    bad = (await submit("ur1")).job.id
    await submit("ur2")
    worker = hire()
    held = {delivery.job.id: delivery for delivery in (await worker.take(2)).deliveries}
    text = await client.hget(keys.JOBS, bad)
    await client.hset(keys.JOBS, bad, POISONS[poison](text.replace(b'"attempts":1', b'"attempts":0')))
    for delivery in held.values():
        await worker.renew([delivery])
    good = next(delivery for job_id, delivery in held.items() if job_id != bad)
    assert await worker.settle(good, Completed()) == "completed"
    await expire_leases(good)
    assert good.job.id not in [delivery.job.id for delivery in (await hire("w2").take(5)).deliveries]
    assert (await queue.lookup.find(states=frozenset({JobState.COMPLETED}))).jobs[0].id == good.job.id


@pytest.mark.parametrize("poison", POISONS, ids=str)
async def test_a_poisoned_job_is_none_to_who_cancels_or_requeues_it(poison, queue, client, submit):
    bad = (await submit("ur1")).job.id
    await client.hset(keys.JOBS, bad, POISONS[poison](await client.hget(keys.JOBS, bad)))
    with pytest.raises((JobNotFound, IllegalMove)):
        await queue.dead_letters.requeue(bad)
    if poison not in _HARMLESS_ONCE_TAKEN:
        with pytest.raises(JobNotFound):
            await queue.producer.cancel(bad)
    assert (await submit("ur1")).created or poison in _HARMLESS_ONCE_TAKEN


async def test_a_poisoned_job_that_waits_for_its_time_stops_nobody(hire, client, submit, queue):
    bad = (await submit("ur1")).job.id
    await client.hset(keys.JOBS, bad, "{")
    await client.zadd(keys.DELAYED, {bad: 1, "nobody": 1})
    good = (await submit("ur2")).job.id
    assert [delivery.job.id for delivery in (await hire().take(5)).deliveries] == [good]
    assert await client.zcard(keys.DELAYED) == 0


async def test_nothing_leads_to_a_job_that_was_moved_aside(hire, client, submit, queue):
    bad = (await submit("ur1")).job.id
    await client.hset(keys.JOBS, bad, broken(state="sleeping")(await client.hget(keys.JOBS, bad)))
    await hire().take(1)
    left = [await client.type(key) for key in QUEUE_KEYS if key not in {keys.CLOCKS, keys.QUARANTINE}]
    assert set(left) <= {b"none", b"stream"}
    assert await client.xlen(keys.STREAM) == 0


async def test_entries_of_the_stream_that_name_no_job_are_dropped(hire, client, submit):
    for fields in ({"job": "nobody"}, {"other": "field"}, {"job": ""}, {b"\xff": b"\xff"}):
        await client.xadd(keys.STREAM, fields)
    good = (await submit("ur1")).job.id
    assert [delivery.job.id for delivery in (await hire().take(5)).deliveries] == [good]
    assert await client.xlen(keys.STREAM) == 1


@pytest.mark.parametrize("key", [keys.FINISHED, keys.DEAD, keys.CREATED, keys.BY_LIST])
async def test_names_in_the_sets_that_are_none_stop_nobody(key, hire, client, submit, queue):
    await client.zadd(key, {"no such name": 0, "x": 0, b"\xff": 0, "endless": "inf"})
    await submit("ur1")
    (delivery,) = (await hire().take(1)).deliveries
    await hire().settle(delivery, Completed())
    await queue.dead_letters.list()
    await queue.dead_letters.purge()
    assert len((await queue.lookup.find()).jobs) == 1


@pytest.mark.parametrize("value", ["words", "", "1e999", "-5", "NaN"])
async def test_facts_that_are_no_numbers_stop_nobody(value, hire, client, submit):
    for name in ("leases", "takes", "reconcile"):
        await client.hset(keys.CLOCKS, name, value)
    await submit("ur1")
    worker = hire()
    assert len((await worker.take(1)).deliveries) == 1
    await worker.reconcile()


QUEUE_KEYS = (
    keys.JOBS,
    keys.STREAM,
    keys.SCHEDULED,
    keys.DELAYED,
    keys.ACTIVE,
    keys.CREATED,
    keys.BY_LIST,
    keys.DEAD,
    keys.FINISHED,
    keys.CLOCKS,
    keys.QUARANTINE,
    keys.NEWER,
)


@pytest.mark.parametrize("key", QUEUE_KEYS, ids=str)
async def test_a_key_replaced_by_a_string_is_set_aside(key, hire, client, submit):
    await submit("ur1")
    await client.set(key, "somebody else's")
    with capture_logs() as lines:
        job = (await submit("ur2")).job
        worker = hire()
        taken = {delivery.job.id: delivery for delivery in (await worker.take(5)).deliveries}
        await client.hset(keys.JOBS, "J0", "{")
        await client.zadd(keys.DELAYED, {"J0": 1})
        await worker.settle(taken[job.id], Completed())
        await worker.take(1)
    told = [line for line in lines if line["event"] == "keys.quarantined"]
    assert [line["keys"] for line in told] == [[key]]
    assert await client.get(f"{key}:quarantined") == b"somebody else's"


async def test_an_idempotency_key_of_another_type_is_forgotten(queue, client):
    key = IdempotencyKey("s", "k", "f")
    await client.hset(keys.idempotency(key.digest()), "a", "b")
    new = NewJob(id="J1", ref=ListRef.parse("ur1"))
    assert (await queue.producer.submit(new, idempotency=key)).created


async def test_the_quarantine_keeps_so_many(client, metrics):
    worker = SteeredConsumer(
        client, metrics, consumer="w", lease_seconds=30, max_attempts=3, retention=Retention(dead_letters=3)
    )
    for number in range(5):
        await client.hset(keys.JOBS, f"J{number}", "{")
        await client.zadd(keys.DELAYED, {f"J{number}": 1})
    await worker.take(1)
    assert [fields[b"id"] for _, fields in await client.xrange(keys.QUARANTINE)] == [b"J2", b"J3", b"J4"]


async def test_a_bad_submission_fails_none_of_those_that_travel_with_it(queue):
    news = [NewJob(id=f"J{number}", ref=ListRef.parse(f"ur{number + 1}")) for number in range(60)]
    half = "\ud800"
    bad = [
        NewJob(id="B1", ref=ListRef.parse("ur91"), correlation_id=half),
        NewJob(id="B2", ref=ListRef.parse("ur92"), callback_url=f"https://x.example/{half}"),
        NewJob(id=half, ref=ListRef.parse("ur93")),
    ]
    answers = await asyncio.gather(*map(queue.producer.submit, [*news[:30], *bad, *news[30:]]), return_exceptions=True)
    assert [type(answer) for answer in answers[30:33]] == [BadInput] * 3
    assert all(answer.created for answer in answers[:30] + answers[33:])


async def test_a_list_whose_active_job_is_unreadable_gets_a_new_one_beside_others(queue, client, submit):
    bad = (await submit("ur1")).job.id
    await client.hset(keys.JOBS, bad, broken(error="bad")(await client.hget(keys.JOBS, bad)))
    first, second = await asyncio.gather(submit("ur1"), submit("ur2"))
    assert first.created
    assert second.created
    with pytest.raises(JobNotFound):
        await queue.lookup.get(bad)


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"id":1}', b"\xff", b"5", orjson.dumps({"id": "J", "ref": "ur1"})])
def test_an_unreadable_record_says_so(text):
    with pytest.raises(RecordUnreadable):
        job_from(text)
