"""What a process holds of the lists."""

import asyncio
from typing import Any

from catalog_samples import REF, big_snapshot, snapshot, title
from watchsync.catalog.snapshot_cache import LoadedSnapshot, SnapshotCache
from watchsync.catalog.view import Query, Sort
from watchsync.errors import RedisUnavailable
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Snapshot


class Shop:
    """A source whose contents and mood the test sets; it counts what it is asked."""

    def __init__(self) -> None:
        self.stock: dict[ListRef, tuple[str, Snapshot]] = {}
        self.away = False
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def stamp(self, ref: ListRef) -> str | None:
        self._serve("stamp")
        return self.stock[ref][0] if ref in self.stock else None

    async def load_stamped(self, ref: ListRef) -> tuple[str, Snapshot] | None:
        self._serve("load")
        await self.open.wait()
        return self.stock.get(ref)

    def _serve(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise RedisUnavailable


class Watch:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def shelf_on(shop: Shop, watch: Watch, **given: Any) -> SnapshotCache:
    shop.stock[REF] = ("one", snapshot(title(1)))
    return SnapshotCache(shop, watch, **given)


async def test_a_list_is_loaded_once_and_then_only_compared():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch)
    first = await snapshot_cache.find(REF)
    assert (await snapshot_cache.find(REF)).loaded is first.loaded
    watch.seconds = 5
    assert (await snapshot_cache.find(REF)).loaded is first.loaded
    assert shop.asked == ["load", "stamp"]


async def test_a_newer_snapshot_is_seen_after_a_moment_or_at_once_on_demand():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch)
    await snapshot_cache.find(REF)
    shop.stock[REF] = ("two", snapshot(title(2)))
    held = (await snapshot_cache.find(REF)).loaded
    assert held
    assert held.stamp == "one"
    newer = (await snapshot_cache.find(REF, recheck=True)).loaded
    assert newer
    assert newer.stamp == "two"


async def test_many_who_ask_at_once_cost_one_load():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch)
    found = await asyncio.gather(*(snapshot_cache.find(REF) for _ in range(20)))
    assert shop.asked == ["load"]
    assert len({id(one.loaded) for one in found}) == 1


async def test_without_redis_what_is_held_is_answered_and_redis_is_left_alone_for_a_moment():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch)
    await snapshot_cache.find(REF)
    shop.away = True
    watch.seconds = 5
    found = await snapshot_cache.find(REF)
    assert found.loaded is not None
    assert not found.redis_answered
    other = await snapshot_cache.find(ListRef(ListKind.LIST, "ls000000001"))
    assert (other.loaded, other.redis_answered) == (None, False)
    assert shop.asked == ["load", "stamp"]
    shop.away, watch.seconds = False, 8
    assert (await snapshot_cache.find(REF)).redis_answered


async def test_a_viewer_does_not_wait_for_a_slow_redis_but_the_next_one_has_what_it_brought():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch, patience_seconds=0)
    shop.open.clear()
    found = await snapshot_cache.find(REF)
    assert (found.loaded, found.redis_answered) == (None, False)
    shop.open.set()
    patient = shelf_on(shop, watch)
    assert (await patient.find(REF)).loaded
    assert (await snapshot_cache.find(REF)).loaded
    assert shop.asked == ["load", "load"]


async def test_a_snapshot_that_is_gone_from_redis_is_forgotten():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch)
    await snapshot_cache.find(REF)
    shop.stock.clear()
    watch.seconds = 5
    found = await snapshot_cache.find(REF)
    assert (found.loaded, found.redis_answered) == (None, True)


async def test_the_list_longest_unused_makes_room():
    shop, watch = Shop(), Watch()
    snapshot_cache = shelf_on(shop, watch, max_bytes=450_000)
    refs = [ListRef(ListKind.LIST, f"ls00000000{number}") for number in range(3)]
    for ref in refs:
        shop.stock[ref] = (str(ref), big_snapshot(100, ref=ref))
        await snapshot_cache.find(ref)
    await snapshot_cache.find(refs[2])
    await snapshot_cache.find(refs[0])
    assert shop.asked.count("load") == 4


async def test_paging_through_an_order_sorts_once():
    loaded = LoadedSnapshot("one", big_snapshot(300))
    day = loaded.snapshot.fetched_at.date()
    assert await loaded.arranged(Query(), day) is await loaded.arranged(Query(), day)
    assert await loaded.arranged(Query(sort=Sort.SHUFFLE), day) is await loaded.arranged(Query(sort=Sort.SHUFFLE), day)
    assert len(await loaded.arranged(Query(search="number 12"), day)) > 1
