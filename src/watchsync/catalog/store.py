"""Where do snapshots live in Redis?"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, cast

from cachetools import LRUCache

from watchsync import keys, logs
from watchsync.catalog.codec import (
    FORMAT,
    HEAD_BYTES,
    PART_BYTES,
    Encoded,
    Head,
    Newer,
    Unreadable,
    decode,
    encode,
    read_head,
)
from watchsync.errors import RedisRefused
from watchsync.job import Write
from watchsync.redis_client import Client, answered
from watchsync.refs import ListRef
from watchsync.snapshot import Snapshot

TTL_SECONDS: Final = 90 * 24 * 3600
_ABANDONED_SECONDS: Final = 24 * 3600
"""Parts that are not the head's a day after they were staged can no longer become the head's."""
_IN_THREAD_BYTES: Final = 50_000
_IN_THREAD_TITLES: Final = 500
_MOST_LISTS: Final = 10_000

_log = logs.get(__name__)


class SnapshotStore:
    """Reads snapshots, and says what the queue must write so that one appears together with its job's end.

    What a newer program wrote is left in its place with the first-seen dates that it holds; ours then stands beside it.
    """

    def __init__(self, client: Client, *, part_bytes: int = PART_BYTES) -> None:
        self._client = client
        self._part_bytes = part_bytes
        self._beside: LRUCache[ListRef, bool] = LRUCache(_MOST_LISTS)

    async def stamp(self, ref: ListRef) -> str | None:
        """What the stored snapshot's contents go by, at the price of one small read; raises RedisUnavailable."""
        head = await _read(self._client.getrange(keys.snapshot(ref), 0, HEAD_BYTES - 1))
        if self._is_newer(ref, head):
            head = await _read(self._client.getrange(_beside(ref), 0, HEAD_BYTES - 1))
        return None if not head else _stamp(head)

    async def load(self, ref: ListRef) -> Snapshot | None:
        """The believed snapshot; ``None`` when there is none that can be read. Raises RedisUnavailable."""
        found = await self.load_stamped(ref)
        return found[1] if found else None

    async def load_stamped(self, ref: ListRef) -> tuple[str, Snapshot] | None:
        """The snapshot together with its stamp."""
        stored = await _read(self._client.get(keys.snapshot(ref)))
        if self._is_newer(ref, stored):
            stored = await _read(self._client.get(_beside(ref)))
        if not stored:
            return None
        try:
            head = read_head(stored)
            parts = await self._parts(ref, head)
            return head.stamp, await _decoded(stored, parts)
        except Unreadable as error:
            _log.warning("snapshot.rejected", list=str(ref), reason=str(error))
            return None

    async def writes(self, snapshot: Snapshot) -> tuple[Write, ...]:
        """What to store in the instant in which the job completes; parts of a large one are staged here.

        Until the head is written nobody reads the parts. The list must have been loaded before, which tells whether a
        newer program's snapshot stands in its place. Raises RedisUnavailable.
        """
        if len(snapshot.titles) > _IN_THREAD_TITLES:
            encoded = await asyncio.to_thread(encode, snapshot, part_bytes=self._part_bytes)
        else:
            encoded = encode(snapshot, part_bytes=self._part_bytes)
        if encoded.parts:
            await self._stage(snapshot.ref, encoded, snapshot.fetched_at)
        key = _beside(snapshot.ref) if snapshot.ref in self._beside else keys.snapshot(snapshot.ref)
        return (Write(key, encoded.head, TTL_SECONDS),)

    def _is_newer(self, ref: ListRef, head: bytes | None) -> bool:
        """Whether a newer program wrote this, which is remembered for the writing."""
        self._beside.pop(ref, None)
        with suppress(Unreadable):
            try:
                read_head(head or b"")
            except Newer:
                self._beside[ref] = True
        return ref in self._beside

    async def _parts(self, ref: ListRef, head: Head) -> list[bytes]:
        parts: list[bytes] = []
        for number in range(head.parts):
            part = await answered(self._client.get(keys.snapshot_part(ref, head.stamp, number)))
            if part is None:
                raise Unreadable(f"part {number} of {head.parts} is missing")
            parts.append(part)
        return parts

    async def _stage(self, ref: ListRef, encoded: Encoded, at: datetime) -> None:
        """Store the parts; a register remembers them, so that those of earlier snapshots can be dropped."""
        register = keys.snapshot_parts(ref)
        name = f"{encoded.stamp}:{len(encoded.parts)}"
        await answered(self._client.zadd(register, {name: at.timestamp()}))
        await answered(self._client.expire(register, TTL_SECONDS))
        for number, part in enumerate(encoded.parts):
            key = keys.snapshot_part(ref, encoded.stamp, number)
            await answered(self._client.set(key, part, ex=TTL_SECONDS))
        await self._drop_abandoned(ref, at)

    async def _drop_abandoned(self, ref: ListRef, at: datetime) -> None:
        register = keys.snapshot_parts(ref)
        current = await self.stamp(ref)
        oldest = at.timestamp() - _ABANDONED_SECONDS
        for name in await answered(self._client.zrangebyscore(register, "-inf", oldest)):
            stamp, _, count = name.decode().partition(":")
            if stamp == current:
                continue
            for number in range(int(count)):
                await answered(self._client.delete(keys.snapshot_part(ref, stamp, number)))
            await answered(self._client.zrem(register, name))


async def _read(command: Awaitable[Any] | Any) -> bytes | None:
    """What stands there; nothing where it is of another type, since storing replaces that. Raises RedisUnavailable."""
    try:
        return cast("bytes | None", await answered(command))
    except RedisRefused as error:
        if "WRONGTYPE" not in str(error):
            raise
        return None


def _beside(ref: ListRef) -> str:
    return keys.snapshot_beside(ref, FORMAT)


def _stamp(head: bytes) -> str | None:
    try:
        return read_head(head).stamp
    except Unreadable:
        return None


async def _decoded(stored: bytes, parts: list[bytes]) -> Snapshot:
    if len(stored) + sum(map(len, parts)) > _IN_THREAD_BYTES:
        return await asyncio.to_thread(decode, stored, parts)
    return decode(stored, parts)
