"""Snapshots as bytes."""

import orjson
import pytest
import zstandard
from hypothesis import given, settings, strategies as st

from catalog_samples import REF, big_snapshot, snapshot, snapshots, title
from watchsync.catalog.codec import HEAD_BYTES, MAGIC, Unreadable, decode, encode, read_head
from watchsync.snapshot import Snapshot


@given(snapshots)
@settings(max_examples=60, deadline=None)
def test_what_was_encoded_is_decoded_again(given_snapshot: Snapshot):
    encoded = encode(given_snapshot)
    assert decode(encoded.head, encoded.parts) == given_snapshot


@given(snapshots, st.integers(20, 300))
@settings(max_examples=30, deadline=None)
def test_a_snapshot_in_parts_is_decoded_again(given_snapshot: Snapshot, part_bytes: int):
    encoded = encode(given_snapshot, part_bytes=part_bytes)
    assert len(encoded.parts) == read_head(encoded.head).parts
    assert all(len(part) <= part_bytes for part in encoded.parts)
    assert decode(encoded.head, encoded.parts) == given_snapshot


@given(st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_bytes_that_are_no_snapshot_are_called_unreadable(noise: bytes):
    for stored in (noise, MAGIC + noise, encode(snapshot()).head[:HEAD_BYTES] + noise):
        with pytest.raises(Unreadable):
            decode(stored)


def test_another_format_is_unreadable_and_names_both():
    stored = bytearray(encode(snapshot(title(1))).head)
    stored[len(MAGIC)] = 99
    with pytest.raises(Unreadable, match="format 99; this version reads 1"):
        decode(bytes(stored))


def test_parts_of_two_snapshots_do_not_make_one():
    mine, other = (encode(big_snapshot(count), part_bytes=200) for count in (20, 21))
    with pytest.raises(Unreadable, match="contents"):
        decode(mine.head, other.parts)


def test_a_field_from_a_newer_version_is_passed_over_and_a_missing_one_is_unknown():
    encoded = encode(snapshot(title(1, "Alien", rating=8.5, year=1979)))
    document = orjson.loads(zstandard.ZstdDecompressor().decompress(encoded.head[HEAD_BYTES:]))
    document["titles"]["mood"] = ["tense"]
    del document["titles"]["rating"]
    document["reading"]["availability"] = "rain"
    changed = _packed(document)
    (read,) = decode(changed).titles
    assert (read.name, read.year, read.rating) == ("Alien", 1979, None)


def test_a_snapshot_stored_before_there_were_glances_is_read():
    encoded = encode(snapshot(title(1, "Alien"), first_page="abc"))
    document = orjson.loads(zstandard.ZstdDecompressor().decompress(encoded.head[HEAD_BYTES:]))
    del document["readInFullAt"]
    del document["reading"]["first_page"]
    read = decode(_packed(document))
    assert (read.titles[0].name, read.read_in_full_at, read.reading.first_page) == ("Alien", None, None)


def test_half_a_surrogate_pair_in_a_name_does_not_stop_a_sync():
    encoded = encode(snapshot(title(1, "Broken \ud83d name")))
    assert decode(encoded.head).titles[0].name == "Broken \ufffd name"


def test_the_stamp_follows_the_contents():
    same = {encode(snapshot(title(1))).stamp, encode(snapshot(title(1))).stamp}
    assert len(same) == 1
    assert encode(snapshot(title(2))).stamp not in same
    assert decode(encode(snapshot(title(2))).head).ref == REF


def _packed(document: object) -> bytes:
    import hashlib
    import struct

    payload = zstandard.ZstdCompressor().compress(orjson.dumps(document))
    return struct.pack(">5sB8sH", MAGIC, 1, hashlib.blake2b(payload, digest_size=8).digest(), 0) + payload
