"""How does a snapshot read as a JSON document for programs?"""

from dataclasses import fields
from typing import Any

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
    newest_first = sorted(
        snapshot.titles,
        key=lambda title: (-(title.added_at.timestamp() if title.added_at else 0.0), title.position),
    )
    return {
        "listRef": str(snapshot.ref),
        "name": reading.name,
        "author": reading.author,
        "fetchedAt": snapshot.fetched_at,
        "readInFullAt": snapshot.read_in_full_at or snapshot.fetched_at,
        "modifiedAt": reading.modified_at,
        "total": reading.total,
        "rows": reading.rows,
        "complete": reading.is_whole,
        "duplicates": reading.duplicates,
        "foldedEpisodes": reading.folded,
        "leftOut": dict(reading.left_out),
        "strategy": reading.strategy,
        "form": reading.form,
        "unenriched": len(snapshot.unenriched),
        "titles": [_title(title) for title in newest_first],
    }


def _title(title: Title) -> dict[str, Any]:
    return {name: getattr(title, field) for field, name in _NAMES.items()}
