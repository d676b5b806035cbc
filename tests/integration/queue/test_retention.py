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


@pytest.fixture
def retention(request: pytest.FixtureRequest) -> Retention:
    """Three of the one thing that a test is about; of all others as many as in production."""
    return Retention(**{request.param: 3})


@pytest.fixture
async def bounded(client, metrics, retention):
    async with open_queue(client, metrics, retention=retention) as opened:
        yield opened


@pytest.fixture
def consumer(client, metrics, retention) -> SteeredConsumer:
    return SteeredConsumer(client, metrics, consumer="w1", lease_seconds=30, max_attempts=9, retention=retention)


async def end(queue, consumer: SteeredConsumer, number: int, outcome: Outcome) -> Job:
    job = (await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(f"ur{number}")))).job
    (delivery,) = (await consumer.take(1)).deliveries
    await consumer.settle(delivery, outcome, patience_seconds=1)
    return job


@pytest.mark.parametrize("retention", ["dead_letters"], indirect=True)
async def test_the_oldest_of_too_many_dead_letters_is_dropped_with_its_record(bounded, consumer):
    jobs = [await end(bounded, consumer, number, Dead(ERROR)) for number in range(4)]
    kept = await bounded.dead_letters.list()
    assert {job.id for job in kept.jobs} == {job.id for job in jobs[1:]}
    with pytest.raises(JobNotFound):
        await bounded.lookup.get(jobs[0].id)


@pytest.mark.parametrize("retention", ["finished_records"], indirect=True)
async def test_the_oldest_of_too_many_finished_jobs_is_forgotten(bounded, consumer, client):
    jobs = [await end(bounded, consumer, number, Completed()) for number in range(4)]
    await consumer.take(1)  # any exchange prunes
    assert await client.zcard(keys.FINISHED) == 3
    with pytest.raises(JobNotFound):
        await bounded.lookup.get(jobs[0].id)
    assert (await bounded.lookup.get(jobs[1].id)).id == jobs[1].id


@pytest.mark.parametrize("retention", ["attempts"], indirect=True)
async def test_a_history_keeps_the_latest_attempts(bounded, consumer):
    job = (await bounded.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse("ur1")))).job
    for _ in range(5):
        (delivery,) = (await consumer.take(1)).deliveries
        await consumer.settle(delivery, RetryAt(0, ERROR), patience_seconds=1)
    assert [entry.number for entry in (await bounded.lookup.get(job.id)).history] == [3, 4, 5]
