"""Negotiation of the content coding."""

import gzip

import brotli
import pytest
import zstandard

from watchsync.stremio.content_coding import acceptable, encoded


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", ("identity",)),
        ("gzip, deflate, br, zstd", ("br", "zstd", "gzip", "identity")),
        ("gzip;q=1.0, br;q=0.5", ("gzip", "br", "identity")),
        ("br;q=0, gzip", ("gzip", "identity")),
        ("*", ("br", "zstd", "gzip", "identity")),
        ("*;q=0.1, zstd", ("zstd", "br", "gzip", "identity")),
        ("GZIP ; Q=0.3", ("gzip", "identity")),
        ("br;q=nonsense, gzip", ("gzip", "identity")),
        ("deflate", ("identity",)),
        (",,;q=1", ("identity",)),
    ],
)
def test_the_clients_weights_come_before_our_liking(header: str, codings: tuple[str, ...]):
    assert acceptable(header) == codings


def test_each_coding_can_be_undone():
    body = b"the same words again " * 100
    assert brotli.decompress(encoded(body, ("br", "identity"))[1]) == body
    assert zstandard.decompress(encoded(body, ("zstd", "identity"))[1]) == body
    assert gzip.decompress(encoded(body, ("gzip", "identity"))[1]) == body
    assert encoded(body, ("identity",)) == ("identity", body)


def test_what_is_small_is_sent_as_it_is():
    assert encoded(b"{}", ("br", "identity")) == ("identity", b"{}")
