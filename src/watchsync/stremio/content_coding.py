"""In which coding does a client take an answer, and does it have it already?"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import brotli
import zstandard
from cachetools import LRUCache

from watchsync.stremio.response import AddonResponse

IDENTITY: Final = "identity"
_OURS: Final = ("br", "zstd", "gzip")
"""Best first."""
_BROTLI_QUALITY: Final = 5
_LONGEST_HEADER: Final = 500
_SMALLEST_BYTES: Final = 256
_LARGEST_BYTES: Final = 16 * 1024 * 1024
_OVERHEAD_BYTES: Final = 800
"""What an entry takes beside the body: its key, tag and place."""


@dataclass(frozen=True, slots=True)
class CodedBody:
    """Bytes as they are sent, the coding they are in, and a strong tag of them."""

    body: bytes
    coding: str
    etag: str

    def is_held_by(self, if_none_match: str) -> bool:
        """Whether the client's ``If-None-Match`` names these very bytes."""
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


class ContentCoder:
    """Codes bodies for clients and remembers the latest, as many as fit into ``max_bytes``."""

    def __init__(self, *, max_bytes: int = _LARGEST_BYTES) -> None:
        self._coded: LRUCache[tuple[bytes, str], CodedBody] = LRUCache(max_bytes, getsizeof=_size_of)

    def code(self, response: AddonResponse, accept_encoding: str) -> CodedBody:
        """The response's body in the best coding that the client takes; small ones stay as they are."""
        coding = best_coding(accept_encoding[:_LONGEST_HEADER]) if len(response.body) >= _SMALLEST_BYTES else IDENTITY
        key = (response.digest, coding)
        found = self._coded.get(key)
        if found is None:
            found = _coded(response.body, coding)
            if _size_of(found) <= self._coded.maxsize:
                self._coded[key] = found
        return found


@lru_cache(maxsize=256)
def best_coding(accept_encoding: str) -> str:
    """The best coding that both sides know, by the client's q-values, then by ours; else ``identity``."""
    weights = _weights(accept_encoding)
    anything = weights.get("*", 0.0)
    weighed = [(weights.get(coding, anything), coding) for coding in _OURS]
    best_weight, best = max(weighed, key=lambda pair: pair[0])
    return best if best_weight > 0 else IDENTITY


def _coded(body: bytes, coding: str) -> CodedBody:
    sent = body
    if coding == "br":
        sent = brotli.compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    elif coding == "zstd":
        sent = zstandard.ZstdCompressor(level=6).compress(body)
    elif coding == "gzip":
        sent = gzip.compress(body, compresslevel=6, mtime=0)
    sent = bytes(memoryview(sent))  # a copy without the spare room that compressors leave on their buffers
    return CodedBody(sent, coding, f'"{hashlib.blake2b(sent, digest_size=12).hexdigest()}"')


def _size_of(coded: CodedBody) -> int:
    return len(coded.body) + _OVERHEAD_BYTES


def _weights(accept_encoding: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for entry in accept_encoding.lower().split(","):
        coding, *parameters = (part.strip() for part in entry.split(";"))
        if coding:
            weights[coding] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
