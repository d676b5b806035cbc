"""No command is as large as 1 MB, which is what some plans refuse."""

import asyncio
import random
from dataclasses import replace

from ulid import ULID

from catalog_samples import big_snapshot
from command_meter import Meter, size_bytes
from running_workers import running_worker
from watchsync.catalog.store import SnapshotStore
from watchsync.job import Completed, JobState, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

LARGEST_LIST = 12_000
MEGABYTE = 1_000_000


async def test_two_of_the_largest_lists_that_end_together_are_written_down_in_small_commands(meter: Meter, client):
    storing = connect(meter.url)
    store = SnapshotStore(storing)
    everybody = asyncio.Barrier(2)

    async def sync(job, _) -> Completed:
        writes = await store.writes(big_snapshot(LARGEST_LIST, ref=job.ref))
        await everybody.wait()
        return Completed(writes)

    refs = [ListRef.parse(f"ls{number}") for number in range(2)]
    async with open_queue(client, Metrics()) as queue, running_worker(meter.url, sync, slots=4):
        jobs = [(await queue.producer.submit(NewJob(id=str(ULID()), ref=ref))).job for ref in refs]
        for job in jobs:
            async with queue.lookup.watch(job.id) as changes:
                assert [change async for change in changes][-1].state is JobState.COMPLETED
    await storing.aclose()
    largest = max(meter.sent, key=size_bytes)
    total = sum(map(size_bytes, meter.sent))
    print(f"\nthe largest of {len(meter.sent)} commands: {size_bytes(largest):,} bytes, of {total:,} in all")
    for ref in refs:
        stored = await SnapshotStore(client).load(ref)
        assert stored is not None
        assert len(stored.titles) == LARGEST_LIST
    assert size_bytes(largest) < MEGABYTE < total


async def test_a_list_too_large_for_one_command_is_stored_in_parts(meter: Meter, client):
    storing = connect(meter.url)
    plain = big_snapshot(LARGEST_LIST)
    wordy = tuple(replace(title, overview=random.Random(title.id).randbytes(150).hex()) for title in plain.titles)
    (head,) = await SnapshotStore(storing).writes(replace(plain, reading=replace(plain.reading, titles=wordy)))
    await storing.set(head.key, head.value)
    await storing.aclose()
    largest, total = max(map(size_bytes, meter.sent)), sum(map(size_bytes, meter.sent))
    print(f"\nthe largest command: {largest:,} bytes, of {total:,} in all")
    stored = await SnapshotStore(client).load(plain.ref)
    assert stored is not None
    assert stored.titles == wordy
    assert largest < MEGABYTE < total
