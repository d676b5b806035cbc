"""What a worker that stops finishes, and what it hands back."""

import asyncio

from staff import Runs, ask, until
from watchsync.job import JobState


async def test_a_shutdown_lets_a_running_job_end(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs) as stop:
        job = await ask(queue)
        await runs.started.get()
        stop.set()
        runs.may_end.set()
    assert (await queue.lookup.get(job.id)).state is JobState.COMPLETED


async def test_a_shutdown_hands_back_what_takes_too_long_without_an_attempt(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, drain=0):
        job = await ask(queue)
        await runs.started.get()
    waiting = await queue.lookup.get(job.id)
    assert (waiting.state, waiting.attempts) == (JobState.WAITING, 0)
    runs.may_end.set()
    async with staff.serving_queue(runs, "w2"):
        assert (await until(queue, job, JobState.COMPLETED)).attempts == 1


async def test_a_worker_in_a_hurry_hands_back_at_once_what_would_have_had_time(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, drain=60) as stop:
        job = await ask(queue)
        await runs.started.get()
        stop.set()
        while not staff.running_worker.is_draining:
            await asyncio.sleep(0)
        staff.running_worker.stop_now()
    waiting = await queue.lookup.get(job.id)
    assert (waiting.state, waiting.attempts) == (JobState.WAITING, 0)


async def test_a_worker_in_a_hurry_takes_nothing_more_before_it_is_stopped(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs, drain=60):
        job = await ask(queue)
        await runs.started.get()
        staff.running_worker.stop_now()
        handed_back = await until(queue, job, JobState.WAITING)
    assert handed_back.attempts == 0
    assert (await queue.lookup.get(job.id)).state is JobState.WAITING


async def test_a_stopping_worker_takes_nothing_new(queue, staff):
    runs = Runs()
    async with staff.serving_queue(runs) as stop:
        await ask(queue, "ur1")
        await runs.started.get()
        stop.set()
        late = await ask(queue, "ur2")
        runs.may_end.set()
    assert (await queue.lookup.get(late.id)).state is JobState.WAITING
