"""A worker against a real queue: runs jobs, and stops the cancelled and the late."""

import asyncio

from staff import Late, Runs, ask, until
from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import PrivateList
from watchsync.job import JobError, JobState, Progress, RetryAt


async def test_a_job_is_done_as_soon_as_it_is_asked_for(queue, staff, client):
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        job = await ask(queue)
        done = await until(queue, job, JobState.COMPLETED)
    assert (done.attempts, done.summary) == (1, {"titles": 1})
    assert await client.get(keys.snapshot(job.ref)) == b"done"


async def test_many_jobs_pass_through_few_slots(queue, staff):
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs, slots=3):
        jobs = [await ask(queue, f"ur{number}") for number in range(40)]
        for job in jobs:
            await until(queue, job, JobState.COMPLETED)


async def test_progress_reaches_who_watches(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs):
        job = await ask(queue)
        async with queue.lookup.watch(job.id) as changes:
            async for seen in changes:
                if seen.progress:
                    break
        runs.may_end.set()
    assert seen.progress == Progress("reading", "Half way", 1, 2)


async def test_a_private_list_ends_among_the_dead_at_once(queue, staff):
    runs = Runs()
    runs.fails_with = PrivateList()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        dead = await until(queue, await ask(queue), JobState.DEAD)
    assert (dead.attempts, dead.error.code) == (1, "private")


async def test_an_unexpected_fault_is_one_attempts_failure(queue, staff):
    runs = Runs()
    runs.fails_with = ZeroDivisionError()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        delayed = await until(queue, await ask(queue), JobState.DELAYED)
    assert delayed.error.code == "unexpected"


async def test_a_job_past_its_deadline_is_stopped_and_tried_again(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, deadline=0.05):
        delayed = await until(queue, await ask(queue), JobState.DELAYED)
    assert delayed.error.code == "page-timeout"
    assert runs.stopped.qsize() == 1


async def test_cancelling_stops_the_work(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs):
        job = await ask(queue)
        await runs.started.get()
        await queue.producer.cancel(job.id)
        assert (await runs.stopped.get()).id == job.id
    assert (await queue.lookup.get(job.id)).state is JobState.CANCELLED


async def test_a_job_that_is_cancelled_on_its_way_to_the_worker_is_not_begun(queue, staff):
    runs = Runs()
    runs.may_end.set()
    heard: asyncio.Queue[bytes | None] = asyncio.Queue()
    async with staff.serving_queue(runs, kind=Late), staff.listener.subscribe(keys.CONTROL, heard.put_nowait):
        job = await ask(queue, "ur1")
        await staff.consumer.is_answered.wait()
        await queue.producer.cancel(job.id)
        while await heard.get() is None:
            continue
        staff.consumer.may_arrive.set()
        other = await ask(queue, "ur2")
        await until(queue, other, JobState.COMPLETED)
    assert runs.started.get_nowait().id == other.id
    assert runs.started.empty()


async def test_a_job_that_is_cancelled_while_it_waits_or_is_delayed_is_never_run(queue, staff, client, metrics):
    consumer = SteeredConsumer(client, metrics, consumer="w0", lease_seconds=30, max_attempts=3)

    async def delayed(ref, seconds):
        job = await ask(queue, ref)
        await consumer.settle((await consumer.take(1)).deliveries[0], RetryAt(seconds, JobError("busy", "Later.")))
        return job

    early, late = await delayed("ur1", 0.1), await delayed("ur2", 0.2)
    waiting = await ask(queue, "ur3")
    for job in (early, waiting):
        await queue.producer.cancel(job.id)
    runs = Runs()
    runs.may_end.set()
    async with staff.serving_queue(runs):
        await until(queue, late, JobState.COMPLETED)
    assert [runs.started.get_nowait().id for _ in range(runs.started.qsize())] == [late.id]
    assert {(await queue.lookup.get(job.id)).state for job in (early, waiting)} == {JobState.CANCELLED}
