"""What the queue keeps of ended jobs has bounds, and the oldest goes first."""

import pytest
from ulid import ULID

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import JobNotFound
from watchsync.job import Completed, Dead, Job, JobError, NewJob, Outcome, RetryAt
from watchsync.queue.queue import open_queue
from watchsync.queue.retention import Retention
from watchsync.refs import ListRef

ERROR = JobError("x", "It failed.")
THREE = Retention(finished_records=3, dead_letters=3, attempts=3)


@pytest.fixture
async def bounded(client, metrics):
    async with open_queue(client, metrics, retention=THREE) as opened:
        yield opened


@pytest.fixture
def consumer(client, metrics) -> SteeredConsumer:
    return SteeredConsumer(client, metrics, consumer="w1", lease_seconds=30, max_attempts=9, retention=THREE)


async def end(queue, consumer: SteeredConsumer, number: int, outcome: Outcome) -> Job:
    job = (await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(f"ur{number}")))).job
    (delivery,) = (await consumer.take(1)).deliveries
    await consumer.settle(delivery, outcome, patience_seconds=1)
    return job


async def test_the_oldest_of_too_many_dead_letters_is_dropped_with_its_record(bounded, consumer):
    jobs = [await end(bounded, consumer, number, Dead(ERROR)) for number in range(4)]
    kept = await bounded.dead_letters.list()
    assert {job.id for job in kept.jobs} == {job.id for job in jobs[1:]}
    with pytest.raises(JobNotFound):
        await bounded.lookup.get(jobs[0].id)


async def test_the_oldest_of_too_many_finished_jobs_is_forgotten(bounded, consumer, client):
    jobs = [await end(bounded, consumer, number, Completed()) for number in range(4)]
    await consumer.take(1)  # any exchange prunes
    assert await client.zcard(keys.FINISHED) == 3
    with pytest.raises(JobNotFound):
        await bounded.lookup.get(jobs[0].id)
    assert (await bounded.lookup.get(jobs[1].id)).id == jobs[1].id


async def test_a_history_keeps_the_latest_attempts(bounded, consumer):
    job = (await bounded.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")))).job
    for _ in range(5):
        (delivery,) = (await consumer.take(1)).deliveries
        await consumer.settle(delivery, RetryAt(0, ERROR), patience_seconds=1)
    assert [entry.number for entry in (await bounded.lookup.get(job.id)).history] == [3, 4, 5]
