"""What does the addon answer, and which answers are worth keeping? Bytes and times; how they are coded comes last."""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from cachetools import LRUCache

from watchsync.catalog.freshness import CacheTimes

_LARGEST_BYTES: Final = 32 * 1024 * 1024
_OVERHEAD_BYTES: Final = 3_000
"""The most that an entry takes beside the body: its key may hold a genre and a search of 200 characters each."""


@dataclass(frozen=True, slots=True)
class AddonResponse:
    """JSON as bytes, and for how long it may be kept."""

    body: bytes
    times: CacheTimes
    digest: bytes = field(init=False)
    """Of the body; worked out once, since an answer is sent many times."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.blake2b(self.body, digest_size=12).digest())


def catalog_response(metas: Sequence[Mapping[str, Any]], times: CacheTimes) -> AddonResponse:
    """A page of a catalog; the body says the same cache times as the header."""
    return json_response(
        {
            "metas": metas,
            "cacheMaxAge": times.max_age,
            "staleRevalidate": times.stale_while_revalidate,
            "staleError": times.stale_if_error,
        },
        times,
    )


def json_response(document: Mapping[str, Any], times: CacheTimes) -> AddonResponse:
    """Any JSON."""
    # orjson leaves the spare room of its buffer on the bytes, 4 kB at least; a copy is as long as the text.
    return AddonResponse(bytes(memoryview(orjson.dumps(document))), times)


class ResponseCache:
    """The latest responses of this process, as many as fit into ``max_bytes``.

    Each is kept under what was asked for, together with what it was made of; a response made of something else
    replaces it. So the last good bytes stay within reach when nothing newer can be made.
    """

    def __init__(self, *, max_bytes: int = _LARGEST_BYTES) -> None:
        self._kept: LRUCache[Hashable, tuple[Hashable, AddonResponse]] = LRUCache(max_bytes, getsizeof=_size_of)

    def get(self, asked: Hashable, made_of: Hashable) -> AddonResponse | None:
        """The response to this, if it was made of this."""
        kept = self._kept.get(asked)
        return kept[1] if kept is not None and kept[0] == made_of else None

    def last(self, asked: Hashable) -> AddonResponse | None:
        """The last response to this, whatever it was made of."""
        kept = self._kept.get(asked)
        return kept[1] if kept is not None else None

    def keep(self, asked: Hashable, made_of: Hashable, response: AddonResponse) -> None:
        """Remember a response; those unused longest make room. One that is larger than the cache is not kept."""
        if _size_of((made_of, response)) <= self._kept.maxsize:
            self._kept[asked] = (made_of, response)


def _size_of(kept: tuple[Hashable, AddonResponse]) -> int:
    return len(kept[1].body) + _OVERHEAD_BYTES
