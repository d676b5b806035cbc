"""What do people want to know about a list at a glance?"""

from collections import Counter
from typing import Any

from watchsync.catalog.freshness import Freshness
from watchsync.snapshot import Snapshot
from watchsync.stremio.manifest import list_name
from watchsync.titles import Kind


def list_status(snapshot: Snapshot, age: Freshness, address: str, *, is_remembered: bool) -> dict[str, Any]:
    """Counts, dates and addresses of one list, for the page; ``address`` is how the world reaches us.

    ``is_remembered`` says that Redis is away, so that there may be something newer.
    """
    reading = snapshot.reading
    kinds = Counter(title.kind for title in snapshot.titles)
    return {
        "listRef": str(snapshot.ref),
        "name": list_name(snapshot.ref, reading),
        "titles": len(snapshot.titles),
        "movies": kinds[Kind.MOVIE],
        "series": kinds[Kind.SERIES],
        "rows": reading.rows,
        "total": reading.total,
        "duplicates": reading.duplicates,
        "foldedEpisodes": reading.folded,
        "leftOut": dict(reading.left_out),
        "unenriched": len(snapshot.unenriched),
        "fetchedAt": snapshot.fetched_at,
        "readInFullAt": snapshot.read_in_full_at,
        "modifiedAt": reading.modified_at,
        "strategy": reading.strategy,
        "form": reading.form,
        "completeness": snapshot.completeness,
        "missing": reading.missing,
        "bound": reading.bound,
        "freshness": age.value,
        "remembered": is_remembered,
        "manifestUrl": f"{address}/{snapshot.ref}/manifest.json",
        "installUrl": install_url(address, str(snapshot.ref)),
    }


def install_url(address: str, ref: str) -> str:
    """The address that opens Stremio."""
    return f"stremio://{address.partition('://')[2]}/{ref}/manifest.json"
