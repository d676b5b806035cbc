"""In which coding does a client take an answer?"""

import gzip
from typing import Final

import brotli
import zstandard

IDENTITY: Final = "identity"
_OURS: Final = ("br", "zstd", "gzip")
"""Best first."""
_BROTLI_QUALITY: Final = 5
_SMALLEST_BYTES: Final = 256


def acceptable(accept_encoding: str) -> tuple[str, ...]:
    """The codings that both sides know, by the client's q-values then by ours; ``identity`` is the last."""
    weights = _weights(accept_encoding)
    anything = weights.get("*", 0.0)
    weighed = [(weights.get(coding, anything), coding) for coding in _OURS]
    known = [coding for weight, coding in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]
    return (*known, IDENTITY)


def encoded(body: bytes, codings: tuple[str, ...]) -> tuple[str, bytes]:
    """The body in the best of the codings, and which one that is; small ones stay as they are."""
    coding = codings[0] if len(body) >= _SMALLEST_BYTES else IDENTITY
    if coding == "br":
        return coding, bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY))
    if coding == "zstd":
        return coding, zstandard.ZstdCompressor(level=6).compress(body)
    if coding == "gzip":
        return coding, gzip.compress(body, compresslevel=6, mtime=0)
    return IDENTITY, body


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
