"""How does a snapshot read as a JSON document for programs?"""

from dataclasses import fields
from typing import Any

from watchsync.catalog.view import newest_added
from watchsync.snapshot import Snapshot
from watchsync.titles import Title


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


_NAMES = {field.name: _camel(field.name) for field in fields(Title)}
"""Each field of a title in camelCase."""


def document(snapshot: Snapshot) -> dict[str, Any]:
    """The whole snapshot, in camelCase, newest added title first; orjson writes its dates."""
    reading = snapshot.reading
    return {
        "listRef": str(snapshot.ref),
        "name": reading.name,
        "author": reading.author,
        "fetchedAt": snapshot.fetched_at,
        "readInFullAt": snapshot.read_in_full_at,
        "modifiedAt": reading.modified_at,
        "total": reading.total,
        "rows": reading.rows,
        "duplicates": reading.duplicates,
        "foldedEpisodes": reading.folded,
        "leftOut": dict(reading.left_out),
        "strategy": reading.strategy,
        "form": reading.form,
        "completeness": snapshot.completeness,
        "missing": reading.missing,
        "bound": reading.bound,
        "unenriched": len(snapshot.unenriched),
        "titles": [_title(title) for title in newest_added(snapshot.titles, reading.order)],
    }


def _title(title: Title) -> dict[str, Any]:
    return {name: getattr(title, field) for field, name in _NAMES.items()}
