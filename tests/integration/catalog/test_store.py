"""Snapshots in a real Redis."""

from datetime import timedelta
from pathlib import Path

import pytest

from catalog_samples import NOW, REF, big_snapshot, snapshot, title
from watchsync import keys
from watchsync.catalog.store import TTL_SECONDS, SnapshotStore
from watchsync.errors import RedisUnavailable
from watchsync.redis_client import Client, connect
from watchsync.snapshot import Snapshot


async def settle(redis: Client, store: SnapshotStore, new: Snapshot) -> None:
    """What the queue does with the writes when the job completes."""
    for write in await store.writes(new):
        await redis.set(write.key, write.value, ex=write.ttl_seconds)


async def test_a_snapshot_comes_back_as_it_went_in(redis: Client):
    store = SnapshotStore(redis)
    assert await store.load(REF) is None
    assert await store.stamp(REF) is None
    await settle(redis, store, big_snapshot(40))
    assert await store.load(REF) == big_snapshot(40)
    stamped = await store.load_stamped(REF)
    assert stamped
    assert stamped[0] == await store.stamp(REF)


async def test_nothing_is_seen_of_a_large_snapshot_until_its_head_is_written(redis: Client):
    store = SnapshotStore(redis, part_bytes=50_000)
    large = big_snapshot(2_000)
    writes = await store.writes(large)
    assert await store.load(REF) is None
    assert [len(write.value) < 100 for write in writes] == [True]
    await redis.set(writes[0].key, writes[0].value)
    assert await store.load(REF) == large
    for key in await redis.keys("*"):
        if b"snapshot:ur12345678:" in key:
            assert await redis.strlen(key) <= 50_000
            assert 0 < await redis.ttl(key) <= TTL_SECONDS


async def test_a_missing_part_makes_the_snapshot_absent(redis: Client):
    store = SnapshotStore(redis, part_bytes=50_000)
    await settle(redis, store, big_snapshot(2_000))
    stamp = await store.stamp(REF)
    assert stamp
    await redis.delete(keys.snapshot_part(REF, stamp, 1))
    assert await store.load(REF) is None


@pytest.mark.parametrize("rubbish", [b"", b"x", b"wsnap\x63" + bytes(40), b"wsnap\x01" + bytes(40)])
async def test_contents_that_cannot_be_read_count_as_none(redis: Client, rubbish: bytes):
    store = SnapshotStore(redis)
    await redis.set(keys.snapshot(REF), rubbish)
    assert await store.load(REF) is None
    await settle(redis, store, snapshot(title(1)))
    assert await store.load(REF) == snapshot(title(1))


async def test_parts_of_earlier_snapshots_are_dropped_but_never_those_in_use(redis: Client):
    store = SnapshotStore(redis, part_bytes=50_000)
    first, second, third = (big_snapshot(2_000 - day, fetched_at=NOW + timedelta(days=2 * day)) for day in range(3))
    await settle(redis, store, first)
    first_parts = await redis.keys(f"{keys.snapshot(REF)}:*")
    await settle(redis, store, second)
    assert await store.load(REF) == second
    await store.writes(third)
    assert await store.load(REF) == second
    left = await redis.keys(f"{keys.snapshot(REF)}:*")
    assert not set(first_parts) & set(left)
    await settle(redis, store, third)
    assert await store.load(REF) == third


async def test_a_redis_that_does_not_answer_is_said_to_be_away(tmp_path: Path):
    client = connect(f"unix://{tmp_path}/nobody.sock")
    store = SnapshotStore(client)
    with pytest.raises(RedisUnavailable):
        await store.load(REF)
    with pytest.raises(RedisUnavailable):
        await store.stamp(REF)
    await client.aclose()


NEWER_BYTES = b"wsnap\x02" + b"\x07" * 40
"""What a newer program's snapshot begins with, and goes on in a way of its own."""


async def test_a_newer_programs_snapshot_is_never_overwritten_and_ours_stands_beside_it(redis: Client):
    await redis.set(keys.snapshot(REF), NEWER_BYTES)
    store, other = SnapshotStore(redis), SnapshotStore(redis)
    assert await store.load(REF) is None
    assert await store.stamp(REF) is None
    await settle(redis, store, big_snapshot(3))
    assert await redis.get(keys.snapshot(REF)) == NEWER_BYTES
    assert await other.load(REF) == await store.load(REF) == big_snapshot(3)
    stamped = await other.load_stamped(REF)
    assert stamped
    assert await other.stamp(REF) == stamped[0]


async def test_when_the_newer_one_is_gone_ours_takes_its_place_again(redis: Client):
    await redis.set(keys.snapshot(REF), NEWER_BYTES)
    store = SnapshotStore(redis)
    await store.load(REF)
    await redis.delete(keys.snapshot(REF))
    await store.load(REF)
    await settle(redis, store, big_snapshot(3))
    assert (await redis.get(keys.snapshot(REF)))[:5] == b"wsnap"


@pytest.mark.parametrize("stored", [b"", b"x", b"wsnap", b"wsnap\x01", b"wsnap\x00" + b"x" * 40, b"\xff" * 99])
async def test_bytes_that_are_no_snapshot_are_absent_and_replaced(redis: Client, stored: bytes):
    await redis.set(keys.snapshot(REF), stored)
    store = SnapshotStore(redis)
    assert await store.load(REF) is None
    await settle(redis, store, big_snapshot(3))
    assert await store.load(REF) == big_snapshot(3)


async def test_a_key_of_another_type_is_absent_and_replaced(redis: Client):
    await redis.hset(keys.snapshot(REF), "a", "b")
    store = SnapshotStore(redis)
    assert await store.load(REF) is None
    assert await store.stamp(REF) is None
    await settle(redis, store, big_snapshot(3))
    assert await store.load(REF) == big_snapshot(3)
