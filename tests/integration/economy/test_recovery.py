"""Who takes over from a worker that falls silent, and what does it cost to know of that? Notice comes; nobody polls."""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from ulid import ULID

from command_meter import Meter
from running_workers import BlockedWork, running_worker
from steered_consumer import SteeredConsumer
from watchsync.job import Delivery, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue, open_queue
from watchsync.redis_client import Client
from watchsync.refs import ListRef

_TESTS = Path(__file__).parents[2]
LEASE_SECONDS = 3.0
SOON_SECONDS = 60.0
"""More than the lease and what a busy machine needs; whoever has to find out by its own look is five minutes late."""
PROGRAM = """
import asyncio, sys
from running_workers import BlockedWork, running_worker

async def main():
    work = BlockedWork()
    async with running_worker(sys.argv[1], work, "a", lease_seconds=float(sys.argv[2])):
        print(await work.started.get(), file=sys.stderr, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


class Other:
    """Worker A, as B knows it: it takes, it renews, and at some time it falls silent."""

    def __init__(self, client: Client) -> None:
        self._consumer = SteeredConsumer(client, Metrics(), consumer="a", lease_seconds=LEASE_SECONDS, max_attempts=3)

    async def take(self) -> Delivery:
        (delivery,) = (await self._consumer.take(1)).deliveries
        return delivery

    async def work_for_two_leases(self, delivery: Delivery) -> None:
        for _ in range(6):
            await asyncio.sleep(LEASE_SECONDS / 3)
            assert await self._consumer.renew([delivery]) == frozenset()


@pytest.fixture
async def queue(client):
    async with open_queue(client, Metrics()) as opened:
        yield opened


@pytest.fixture
def a(client):
    return Other(client)


async def submitted(queue: Queue, ref: str) -> str:
    return (await queue.producer.submit(NewJob(id=str(ULID()), ref=ListRef.parse(ref)))).job.id


async def taken_over(work: BlockedWork, job_id: str) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        assert await work.started.get() == job_id


async def test_who_was_idle_before_takes_over_and_sends_nothing_until_then(a: Other, queue: Queue, meter: Meter):
    work = BlockedWork()
    async with running_worker(meter.url, work, "b", lease_seconds=LEASE_SECONDS):
        await meter.until("deregister", 1)
        meter.passes.clear()  # B hears of the job when A has it
        job_id = await submitted(queue, "ur1")
        delivery = await a.take()
        meter.sent.clear()
        meter.passes.set()
        await meter.until("settle_and_take", 1)
        await a.work_for_two_leases(delivery)
        assert meter.count() == Counter(settle_and_take=1)
        await taken_over(work, job_id)
        assert meter.count() == Counter(settle_and_take=2)


async def test_who_was_busy_when_it_was_taken_takes_over(a: Other, queue: Queue, meter: Meter):
    work = BlockedWork()
    async with running_worker(meter.url, work, "b", slots=1, lease_seconds=LEASE_SECONDS):
        await submitted(queue, "ur1")
        await work.started.get()
        await meter.until("deregister", 1)
        job_id = await submitted(queue, "ur2")
        delivery = await a.take()
        meter.sent.clear()
        work.may_end.set()
        await meter.until("settle_and_take", 1)
        await a.work_for_two_leases(delivery)
        assert meter.count()["settle_and_take"] == 1
        await taken_over(work, job_id)
        assert meter.count()["settle_and_take"] == 2


async def test_who_joined_later_takes_over(a: Other, queue: Queue, meter: Meter):
    job_id = await submitted(queue, "ur1")
    delivery = await a.take()
    work = BlockedWork()
    async with running_worker(meter.url, work, "b", lease_seconds=LEASE_SECONDS):
        await meter.until("deregister", 1)
        await a.work_for_two_leases(delivery)
        meter.sent.clear()
        await taken_over(work, job_id)
        assert meter.count() == Counter(settle_and_take=1)


async def test_who_is_idle_takes_over_from_a_process_that_was_killed(queue: Queue, meter: Meter, redis_url: str):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, redis_url, str(LEASE_SECONDS)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (_TESTS, _TESTS.parent / "src")))},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    job_id = await submitted(queue, "ur1")
    assert (await process.stderr.readline()).decode().strip() == job_id
    work = BlockedWork()
    async with running_worker(meter.url, work, "b", lease_seconds=LEASE_SECONDS):
        await meter.until("deregister", 1)
        process.kill()
        await process.wait()
        await taken_over(work, job_id)
