"""Old and new programs side by side on one Redis, and back again: newer work is left to newer workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from ulid import ULID

from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import IllegalMove
from watchsync.job import Completed, JobError, JobState, NewJob, RetryAt
from watchsync.lua import Script
from watchsync.metrics import Metrics
from watchsync.queue import scripts
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

NEWER = {name: Script(script.text.replace("VERSION = 1 ", "VERSION = 2 ")) for name, script in scripts.SCRIPTS.items()}
"""The scripts of the next program."""
AN_ERROR = JobError("drifted", "It has changed.")


class Program:
    """A version of the program: what asks for work, and workers by name."""

    def __init__(self, client, queue: Queue, scripts_of) -> None:
        self.queue = queue
        self._client = client
        self._scripts_of = scripts_of

    async def submit(self, ref: str) -> str:
        with self._scripts_of():
            return (await self.queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(ref)))).job.id

    async def call(self, method, *args):
        with self._scripts_of():
            return await method(*args)

    def worker(self, name: str, *, lease_seconds: float = 30, max_attempts: int = 3) -> SteeredConsumer:
        return SteeredConsumer(
            self._client, Metrics(), consumer=name, lease_seconds=lease_seconds, max_attempts=max_attempts
        )


@asynccontextmanager
async def opened(url, scripts_of) -> AsyncIterator[Program]:
    client = connect(url)
    async with open_queue(client, Metrics()) as queue:
        yield Program(client, queue, scripts_of)
    await client.aclose()


@pytest.fixture
async def old(redis_url, monkeypatch):
    async with opened(redis_url, monkeypatch.context) as program:
        yield program


@pytest.fixture
async def new(redis_url, monkeypatch):
    def newer():
        context = monkeypatch.context()

        class Newer:
            def __enter__(self):
                context.__enter__().setattr(scripts, "SCRIPTS", NEWER)

            def __exit__(self, *error):
                return context.__exit__(*error)

        return Newer()

    async with opened(redis_url, newer) as program:
        yield program


def ids(handover) -> list[str]:
    return [delivery.job.id for delivery in handover.deliveries]


async def test_a_record_carries_its_version(old, new, client):
    for program, version in ((old, 1), (new, 2)):
        job_id = await program.submit(f"ur{version}")
        assert orjson.loads(await client.hget(keys.JOBS, job_id))["v"] == version


async def test_newer_work_is_left_to_newer_workers_at_no_attempt(old, new):
    newer, older = await new.submit("ur1"), await old.submit("ur2")
    for _ in range(3):
        assert ids(await old.call(old.worker("o1").take, 5)) in ([older], [])
    assert (await old.queue.gauges.depth()).waiting == 1
    (delivery,) = (await new.call(new.worker("n1").take, 5)).deliveries
    assert (delivery.job.id, delivery.attempt) == (newer, 1)
    await new.call(new.worker("n1").settle, delivery, Completed())
    assert (await old.queue.lookup.get(newer)).state is JobState.COMPLETED


async def test_older_work_is_done_by_newer_workers(old, new):
    older = await old.submit("ur1")
    assert ids(await new.call(new.worker("n1").take, 5)) == [older]


async def test_a_newer_job_that_is_delayed_or_lost_waits_for_a_newer_worker(old, new, client):
    for ref in ("ur1", "ur2"):
        await new.submit(ref)
    worker = new.worker("n1", lease_seconds=0.001)
    retried, lost = (await new.call(worker.take, 2)).deliveries
    await new.call(worker.settle, retried, RetryAt(0, AN_ERROR))
    await client.hdel(keys.CLOCKS, "leases")
    for _ in range(3):
        assert ids(await old.call(old.worker("o1", lease_seconds=0.001).take, 5)) == []
    heir = new.worker("n2")
    found = {delivery.job.id: delivery for delivery in (await new.call(heir.take, 5)).deliveries}
    assert set(found) == {retried.job.id, lost.job.id}
    assert [entry.outcome for entry in found[lost.job.id].job.history] == ["lost"]
    assert [entry.outcome for entry in found[retried.job.id].job.history] == ["retry"]


async def test_an_older_program_joins_a_newer_job_and_leaves_it_as_it_is(old, new, client):
    newer = await new.submit("ur1")
    before = await client.hget(keys.JOBS, newer)
    assert await old.submit("ur1") == newer
    with pytest.raises(IllegalMove, match="newer version"):
        await old.call(old.queue.producer.cancel, newer)
    await old.call(old.worker("o1").reconcile)
    assert await client.hget(keys.JOBS, newer) == before


async def test_back_again_a_job_that_waits_for_a_newer_worker_is_not_lost_and_holds_up_nobody(old, new, client):
    newer = await new.submit("ur1")
    worker = old.worker("o1")
    assert ids(await old.call(worker.take, 5)) == []
    handover = await old.call(worker.take, 5)
    assert handover.due_seconds is None  # nobody is woken for it again and again
    older = await old.submit("ur2")
    assert ids(await old.call(worker.take, 5)) == [older]
    assert await client.zrange(keys.NEWER, 0, -1) == [newer.encode()]
    assert ids(await new.call(new.worker("n1").take, 5)) == [newer]


async def test_records_of_before_there_were_versions_are_worked_on(old, client):
    job_id = await old.submit("ur1")
    record = orjson.loads(await client.hget(keys.JOBS, job_id))
    del record["v"]
    await client.hset(keys.JOBS, job_id, orjson.dumps(record))
    assert ids(await old.call(old.worker("o1").take, 5)) == [job_id]
