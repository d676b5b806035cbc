"""How does a snapshot look as bytes?

A head names the format, a stamp of the contents and how many further parts there are; what follows is
compressed JSON with one column for each field. Columns are read by name, so a field that an older or newer
version does not know costs nothing but itself.
"""

import dataclasses
import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
import zstandard

from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Completeness, Reading, Snapshot
from watchsync.titles import Kind, Title

MAGIC: Final = b"wsnap"
FORMAT: Final = 1
_HEAD: Final = struct.Struct(">5sB8sH")
HEAD_BYTES: Final = _HEAD.size
PART_BYTES: Final = 700_000
_LARGEST_BYTES: Final = 256 * 1024 * 1024
_LEVEL: Final = 3
_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Title))
_OPTIONAL_READING: Final = (
    "total",
    "duplicates",
    "folded",
    "pages",
    "strategy",
    "form",
    "order",
    "bound",
    "aliases",
    "name",
    "author",
    "first_page",
)


class Unreadable(ValueError):
    """These bytes are no snapshot that this version can read."""


class Newer(Unreadable):
    """A newer version of watchsync wrote this snapshot."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a stored snapshot."""

    stamp: str
    """Changes with the contents."""
    parts: int
    """How many further values hold the contents; 0 means that they follow the head."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A snapshot as the values to store: one, or a head and its parts."""

    stamp: str
    head: bytes
    parts: tuple[bytes, ...] = ()


def encode(snapshot: Snapshot, *, part_bytes: int = PART_BYTES) -> Encoded:
    """Turn a snapshot into bytes, in parts when they are too many for one command."""
    payload = zstandard.ZstdCompressor(level=_LEVEL).compress(_dumps(_document(snapshot)))
    digest = _digest(payload)
    if len(payload) <= part_bytes:
        return Encoded(digest.hex(), _HEAD.pack(MAGIC, FORMAT, digest, 0) + payload)
    parts = tuple(payload[start : start + part_bytes] for start in range(0, len(payload), part_bytes))
    return Encoded(digest.hex(), _HEAD.pack(MAGIC, FORMAT, digest, len(parts)), parts)


def read_head(stored: bytes) -> Head:
    """Read the first bytes; raises Unreadable, and for a newer version's Newer, which is one."""
    if len(stored) < HEAD_BYTES:
        raise Unreadable("too short for a snapshot")
    magic, form, digest, parts = _HEAD.unpack_from(stored)
    if magic != MAGIC:
        raise Unreadable("not a snapshot")
    if form != FORMAT:
        kind = Newer if form > FORMAT else Unreadable
        raise kind(f"a snapshot of format {form}; this version reads {FORMAT}")
    return Head(digest.hex(), parts)


def decode(stored: bytes, parts: Sequence[bytes] = ()) -> Snapshot:
    """Read a snapshot back from its head and parts; raises Unreadable for anything else."""
    head = read_head(stored)
    payload = b"".join(parts) if head.parts else stored[HEAD_BYTES:]
    if _digest(payload).hex() != head.stamp:
        raise Unreadable("the contents are not the ones that the head names")
    try:
        plain = zstandard.ZstdDecompressor().decompress(payload, max_output_size=_LARGEST_BYTES)
        return _snapshot(orjson.loads(plain))
    except (zstandard.ZstdError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable(str(error)) from error


def _digest(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=8).digest()


def _document(snapshot: Snapshot) -> dict[str, Any]:
    reading = snapshot.reading
    return {
        "kind": reading.ref.kind,
        "id": reading.ref.id,
        "fetchedAt": snapshot.fetched_at,
        "completeness": snapshot.completeness,
        "readInFullAt": snapshot.read_in_full_at,
        "modifiedAt": reading.modified_at,
        "rows": reading.rows,
        "leftOut": dict(reading.left_out),
        "unenriched": snapshot.unenriched,
        "reading": {name: getattr(reading, name) for name in _OPTIONAL_READING},
        "titles": {name: [getattr(title, name) for title in reading.titles] for name in _FIELDS},
    }


def _dumps(document: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return orjson.dumps(_mended(document))


def _mended(value: Any) -> Any:
    """The same without lone surrogates, which a page's JSON may hold and UTF-8 cannot."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(item) for item in value]
    return value


def _snapshot(document: Mapping[str, Any]) -> Snapshot:
    known = {name: value for name, value in document["reading"].items() if name in _OPTIONAL_READING}
    reading = Reading(
        ref=ListRef(ListKind(document["kind"]), document["id"]),
        titles=tuple(_titles(document["titles"])),
        rows=document["rows"],
        left_out=document["leftOut"],
        modified_at=_moment(document["modifiedAt"]),
        **{**known, "aliases": tuple(known.get("aliases", ()))},
    )
    fetched_at = datetime.fromisoformat(document["fetchedAt"])
    return Snapshot(
        reading=reading,
        fetched_at=fetched_at,
        completeness=Completeness(document.get("completeness") or _worked_out(reading)),
        read_in_full_at=_moment(document.get("readInFullAt")),
        unenriched=tuple(document.get("unenriched") or document.get("owed", ())),
    )


def _worked_out(reading: Reading) -> Completeness:
    """For snapshots of versions that did not say."""
    if reading.total is None:
        return Completeness.UNKNOWN
    return Completeness.COMPLETE if reading.is_whole else Completeness.PARTIAL


def _titles(columns: Mapping[str, list[Any]]) -> Iterable[Title]:
    names = [name for name in _FIELDS if name in columns]
    readers = _readers()
    read = [map(readers[name], columns[name]) if name in readers else iter(columns[name]) for name in names]
    for row in zip(*read, strict=True):
        yield Title(**dict(zip(names, row, strict=True)))


def _readers() -> dict[str, Callable[[Any], Any]]:
    """How the columns that JSON has no type for are read; equal genre lists become one tuple."""
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    def words(value: list[str]) -> tuple[str, ...]:
        read = tuple(value)
        return shared.setdefault(read, read)

    return {
        "kind": {kind.value: kind for kind in Kind}.__getitem__,
        "added_at": _moment,
        "released": _day,
        "genres": words,
        "directors": words,
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
