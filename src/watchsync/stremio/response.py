"""What exactly is sent, and is it what the client already has?"""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from watchsync.catalog.freshness import CacheTimes
from watchsync.stremio.content_coding import encoded

_LARGEST_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AddonResponse:
    """A finished addon_response: its bytes in one coding, a strong tag of them, and for how long they may be kept."""

    body: bytes
    coding: str
    etag: str
    times: CacheTimes

    def is_held_by(self, if_none_match: str) -> bool:
        """Whether the client's ``If-None-Match`` names these very bytes."""
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


def catalog_response(metas: Sequence[dict[str, Any]], times: CacheTimes, codings: tuple[str, ...]) -> AddonResponse:
    """A page of a catalog; the body says the same cache times as the header."""
    body = {
        "metas": metas,
        "cacheMaxAge": times.max_age,
        "staleRevalidate": times.stale_while_revalidate,
        "staleError": times.stale_if_error,
    }
    return addon_response(body, times, codings)


def addon_response(body: dict[str, Any], times: CacheTimes, codings: tuple[str, ...]) -> AddonResponse:
    """Any JSON."""
    coding, sent = encoded(orjson.dumps(body), codings)
    tag = hashlib.blake2b(sent, digest_size=12).hexdigest()
    return AddonResponse(sent, coding, f'"{tag}"', times)


class ResponseCache:
    """The latest finished answers of this process, as many as fit.

    Each is kept under what was asked for together with what it was made of; another make-up replaces it. So
    the last good bytes stay within reach when nothing newer can be made.
    """

    def __init__(self, *, largest_bytes: int = _LARGEST_BYTES) -> None:
        self._largest_bytes = largest_bytes
        self._held_bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Hashable, AddonResponse]] = OrderedDict()

    def get(self, asked: Hashable, made_of: Hashable) -> AddonResponse | None:
        """The addon_response, if it is made of this."""
        kept = self._kept.get(asked)
        if kept is None or kept[0] != made_of:
            return None
        self._kept.move_to_end(asked)
        return kept[1]

    def last(self, asked: Hashable) -> AddonResponse | None:
        """The last addon_response to this, whatever it was made of."""
        kept = self._kept.get(asked)
        return kept[1] if kept else None

    def keep(self, asked: Hashable, made_of: Hashable, made: AddonResponse) -> None:
        """Remember an addon_response; the ones longest unused make room."""
        old = self._kept.pop(asked, None)
        self._held_bytes += len(made.body) - (len(old[1].body) if old else 0)
        self._kept[asked] = (made_of, made)
        while self._held_bytes > self._largest_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._held_bytes -= len(dropped.body)
