"""Asking for work: once for each list, safe to repeat, found again."""

import asyncio

import pytest
from ulid import ULID

from watchsync import keys
from watchsync.errors import BadInput, IdempotencyConflict, IllegalMove, JobNotFound
from watchsync.job import Completed, Dead, JobError, JobState, Lane, NewJob, RetryAt
from watchsync.queue.producer import IdempotencyKey
from watchsync.queue.queue import open_queue
from watchsync.queue.retention import Retention
from watchsync.refs import ListRef

ERROR = JobError("x", "It failed.")


async def test_a_submitted_job_waits(queue, submit):
    submitted = await submit("ur1")
    assert submitted.created
    assert submitted.job.state is JobState.WAITING
    assert (await queue.gauges.depth()).waiting == 1


async def test_a_second_request_for_the_same_list_joins_the_first(queue, submit):
    first = await submit("ur1")
    second = await submit("ur1")
    other = await submit("ur2")
    assert (second.created, second.job.id) == (False, first.job.id)
    assert other.created
    assert (await queue.gauges.depth()).waiting == 2


async def test_a_hundred_simultaneous_requests_make_one_job(queue, submit):
    answers = await asyncio.gather(*(submit("ur1") for _ in range(100)))
    assert len({answer.job.id for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1
    assert (await queue.gauges.depth()).waiting == 1


async def test_the_same_id_again_is_the_same_job_even_after_it_ended(queue, hire):
    new = NewJob(id=str(ULID()), ref=ListRef.parse("ur1"))
    await queue.producer.submit(new)
    delivery = (await hire().take(1)).deliveries[0]
    await hire().settle(delivery, Completed(), patience_seconds=1)
    again = await queue.producer.submit(new)
    assert again.job.state is JobState.COMPLETED
    assert (await queue.gauges.depth()).waiting == 0


async def test_after_a_job_ended_its_list_may_be_asked_for_again(queue, submit, hire):
    first = await submit("ur1")
    delivery = (await hire().take(1)).deliveries[0]
    await hire().settle(delivery, Completed(), patience_seconds=1)
    second = await submit("ur1")
    assert second.created
    assert second.job.id != first.job.id


async def test_a_forced_refresh_joins_a_running_job(submit, hire):
    first = await submit("ur1")
    await hire().take(1)
    joined = await submit("ur1", force=True)
    assert joined.job.id == first.job.id
    assert not joined.job.force


async def test_a_forced_refresh_marks_a_waiting_job(queue, submit):
    first = await submit("ur1")
    await submit("ur1", force=True)
    assert (await queue.lookup.get(first.job.id)).force


async def test_a_person_moves_a_scheduled_job_into_the_fast_lane(submit, hire):
    for number in range(3):
        await submit(f"ur{number}", Lane.SCHEDULED)
    await submit("ur2", Lane.INTERACTIVE)
    first = (await hire().take(1)).deliveries[0]
    assert str(first.job.ref) == "ur2"
    assert first.job.lane is Lane.INTERACTIVE


async def test_an_idempotency_key_is_remembered(queue, hire):
    key = IdempotencyKey("ops", "abc", "ur1")
    first = await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")), idempotency=key)
    delivery = (await hire().take(1)).deliveries[0]
    await hire().settle(delivery, Completed(), patience_seconds=1)
    again = await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")), idempotency=key)
    assert (again.created, again.job.id) == (False, first.job.id)


async def test_a_key_whose_job_is_no_longer_kept_makes_no_second_one(queue, client):
    key = IdempotencyKey("ops", "abc", "ur1")
    first = await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")), idempotency=key)
    await client.hdel(keys.JOBS, first.job.id)
    with pytest.raises(JobNotFound, match="no longer kept"):
        await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")), idempotency=key)


async def test_an_idempotency_key_with_another_request_is_refused(queue):
    await queue.producer.submit(
        NewJob(id=str(ULID()), ref=ListRef.parse("ur1")), idempotency=IdempotencyKey("ops", "abc", "ur1")
    )
    with pytest.raises(IdempotencyConflict):
        await queue.producer.submit(
            NewJob(id=str(ULID()), ref=ListRef.parse("ur2")), idempotency=IdempotencyKey("ops", "abc", "ur2")
        )
    assert (await queue.gauges.depth()).waiting == 1


async def test_an_unknown_job_is_not_found(queue):
    for call in (queue.lookup.get, queue.producer.cancel, queue.dead_letters.requeue):
        with pytest.raises(JobNotFound):
            await call("nobody")


async def test_jobs_are_listed_newest_first_page_by_page(queue, submit):
    made = [(await submit(f"ur{number}")).job.id for number in range(7)]
    seen, cursor = [], None
    while True:
        page = await queue.lookup.find(cursor=cursor, limit=3)
        seen += [job.id for job in page.jobs]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == sorted(made, reverse=True)


async def test_jobs_are_found_by_list_and_state(queue, submit, hire):
    await submit("ur1")
    await submit("ur2")
    delivery = (await hire().take(1)).deliveries[0]
    await hire().settle(delivery, Dead(ERROR), patience_seconds=1)
    dead = await queue.lookup.find(states=frozenset({JobState.DEAD}))
    of_list = await queue.lookup.find(ref=ListRef.parse("ur2"))
    assert [str(job.ref) for job in dead.jobs] == ["ur1"]
    assert [str(job.ref) for job in of_list.jobs] == ["ur2"]


async def test_a_cursor_that_is_not_ours_is_refused(queue):
    with pytest.raises(BadInput, match="cursor"):
        await queue.lookup.find(cursor="(inf]")


async def test_the_age_of_the_oldest_waiting_job_is_known(queue, submit, client):
    await submit("ur1")
    entry = (await client.xrange(keys.STREAM))[0][0]
    age = (await queue.gauges.depth()).oldest_waiting_seconds
    server = await client.time()
    assert 0 <= age <= server[0] + server[1] / 1e6 - int(entry.split(b"-")[0]) / 1000


async def test_waiting_and_delayed_jobs_are_cancelled_for_good(queue, submit, hire):
    waiting = await submit("ur1")
    assert (await queue.producer.cancel(waiting.job.id)).state is JobState.CANCELLED
    delayed = await submit("ur2")
    delivery = (await hire().take(1)).deliveries[0]
    await hire().settle(delivery, RetryAt(3600, ERROR), patience_seconds=1)
    assert (await queue.producer.cancel(delayed.job.id)).state is JobState.CANCELLED
    depth = await queue.gauges.depth()
    assert (depth.waiting, depth.delayed, depth.running) == (0, 0, 0)
    assert (await hire().take(5)).deliveries == ()


async def test_a_finished_job_cannot_be_cancelled(queue, submit):
    job = (await submit("ur1")).job
    await queue.producer.cancel(job.id)
    with pytest.raises(IllegalMove, match="cancelled"):
        await queue.producer.cancel(job.id)


async def test_a_cancelled_list_may_be_asked_for_again(queue, submit):
    job = (await submit("ur1")).job
    await queue.producer.cancel(job.id)
    assert (await submit("ur1")).created


async def test_a_dead_letter_goes_round_again_with_fresh_attempts(queue, submit, hire):
    job = (await submit("ur1")).job
    await hire().settle((await hire().take(1)).deliveries[0], Dead(ERROR), patience_seconds=1)
    requeued = await queue.dead_letters.requeue(job.id)
    delivery = (await hire().take(1)).deliveries[0]
    assert (requeued.state, delivery.job.id, delivery.attempt) == (JobState.WAITING, job.id, 1)
    assert [entry.outcome for entry in delivery.job.history] == ["dead"]


async def test_only_a_dead_letter_can_be_requeued(queue, submit):
    job = (await submit("ur1")).job
    with pytest.raises(IllegalMove, match="waiting"):
        await queue.dead_letters.requeue(job.id)


async def test_a_dead_letter_is_not_requeued_beside_an_active_job(queue, submit, hire):
    job = (await submit("ur1")).job
    await hire().settle((await hire().take(1)).deliveries[0], Dead(ERROR), patience_seconds=1)
    await submit("ur1")
    with pytest.raises(IllegalMove, match="Another job"):
        await queue.dead_letters.requeue(job.id)


async def test_dead_letters_are_purged(queue, submit, hire):
    for number in range(3):
        await submit(f"ur{number}")
    for delivery in (await hire().take(3)).deliveries:
        await hire().settle(delivery, Dead(ERROR), patience_seconds=1)
    assert (await queue.gauges.depth()).dead == 3
    assert await queue.dead_letters.purge() == 3
    assert (await queue.lookup.find()).jobs == ()


async def test_records_of_finished_jobs_expire(client, metrics, hire):
    async with open_queue(client, metrics, retention=Retention(finished_seconds=0)) as short:
        job = (await short.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")))).job
        await short.producer.cancel(job.id)
        await hire().take(1)
        with pytest.raises(JobNotFound):
            await short.lookup.get(job.id)
    assert await client.zcard(keys.FINISHED) == 0
    assert await client.zcard(keys.CREATED) == 0


NOT_TEXT = ["\ud800", "\udfff", "a\udc00b", "\udcff" * 60, "https://x.org/\ud83d", "\udc00\ud800"]


@pytest.mark.parametrize("text", NOT_TEXT, ids=ascii)
@pytest.mark.parametrize("field", ["callback_url", "correlation_id"])
async def test_a_job_that_no_record_can_hold_fails_alone(queue, submit, field, text):
    bad = NewJob(id="bad", ref=ListRef.parse("ur99"), **{field: text})
    answers = await asyncio.gather(
        *(submit(f"ur{number}") for number in range(1, 31)),
        queue.producer.submit(bad),
        *(submit(f"ur{number}") for number in range(31, 61)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [BadInput]
    assert (await queue.gauges.depth()).waiting == 60


@pytest.mark.parametrize(
    "scope", ["Bearer \udcff", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"), ""]
)
async def test_an_idempotency_key_may_belong_to_whoever_sends_any_bytes(queue, scope):
    key = IdempotencyKey(scope, "once", "fingerprint")
    jobs = [
        await queue.producer.submit(NewJob(id=id_, ref=ListRef.parse("ur1")), idempotency=key) for id_ in ("one", "two")
    ]
    assert {submitted.job.id for submitted in jobs} == {"one"}
