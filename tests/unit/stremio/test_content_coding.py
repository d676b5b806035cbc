"""Negotiation of the content coding, and the bytes that come of it."""

import gzip
import tracemalloc

import brotli
import pytest
import zstandard

from watchsync.catalog.freshness import CacheTimes
from watchsync.stremio.content_coding import ContentCoder, best_coding
from watchsync.stremio.response import AddonResponse

BODY = b"the same words again " * 100
TIMES = CacheTimes(5, 0, 0)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0.1, zstd", "zstd"),
        ("GZIP ; Q=0.3", "gzip"),
        ("br;q=nonsense, gzip", "gzip"),
        ("deflate", "identity"),
        ("br;q=0, zstd;q=0, gzip;q=0", "identity"),
        (",,;q=1", "identity"),
    ],
)
def test_the_clients_weights_come_before_our_liking(header: str, coding: str):
    assert best_coding(header) == coding


def test_each_coding_can_be_undone():
    coder = ContentCoder()
    assert brotli.decompress(coder.code(AddonResponse(BODY, TIMES), "br").body) == BODY
    assert zstandard.decompress(coder.code(AddonResponse(BODY, TIMES), "zstd").body) == BODY
    assert gzip.decompress(coder.code(AddonResponse(BODY, TIMES), "gzip").body) == BODY
    assert coder.code(AddonResponse(BODY, TIMES), "").body == BODY


def test_what_is_small_is_sent_as_it_is():
    coded = ContentCoder().code(AddonResponse(b"{}", TIMES), "br")
    assert (coded.coding, coded.body) == ("identity", b"{}")


def test_a_tag_belongs_to_the_bytes():
    coder = ContentCoder()
    plain, same, small = (coder.code(AddonResponse(BODY, TIMES), accepted) for accepted in ("", "", "br"))
    assert plain.etag == same.etag
    assert plain.etag != small.etag
    assert plain.is_held_by(f'"other", W/{plain.etag}')
    assert plain.is_held_by("*")
    assert not plain.is_held_by(small.etag)
    assert not plain.is_held_by("")


def test_what_was_coded_before_is_not_coded_again_while_there_is_room():
    coder = ContentCoder(max_bytes=2_500)
    coded = coder.code(AddonResponse(BODY, TIMES), "br")
    assert coder.code(AddonResponse(BODY, TIMES), "br") is coded
    others = [coder.code(AddonResponse(BODY + bytes([number]), TIMES), "br") for number in range(10)]
    assert coder.code(AddonResponse(BODY, TIMES), "br") is not coded
    assert coder.code(AddonResponse(BODY + bytes([9]), TIMES), "br") == others[9]


def test_the_memory_takes_no_more_than_it_may_however_small_the_bodies():
    coder = ContentCoder(max_bytes=1_000_000)
    tracemalloc.start()
    try:
        for number in range(4_000):
            coder.code(AddonResponse(b"%d" % number, TIMES), "")
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1_000_000
