"""What does the addon say about itself?"""

import zlib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from watchsync.catalog.view import Sort
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading
from watchsync.stremio.request import KINDS

LARGEST_BYTES: Final = 8192
"""More than this and clients refuse the manifest."""
_SHAPE: Final = 1
"""Raise it when the code offers other catalogs or extras than before."""
_MOST_GENRES: Final = 60
_LONGEST_NAME: Final = 60
_DESCRIPTION: Final = (
    "Your public IMDb watchlist as a catalog that keeps itself current. "
    "This product uses the TMDB API but is not endorsed or certified by TMDB."
)
_EVERY_GENRE: Final = [
    "Action",
    "Adventure",
    "Animation",
    "Biography",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "Film-Noir",
    "Game-Show",
    "History",
    "Horror",
    "Music",
    "Musical",
    "Mystery",
    "News",
    "Reality-TV",
    "Romance",
    "Sci-Fi",
    "Short",
    "Sport",
    "Talk-Show",
    "Thriller",
    "War",
    "Western",
]
"""IMDb's genres, offered until the list itself is known: Stremio keeps the manifest of the first day."""


def bare_manifest(logo: str) -> dict[str, Any]:
    """The manifest without a list: it cannot be installed, and sends people to the page."""
    return _manifest("watchsync", "watchsync", logo, [], configuration_required=True)


def list_manifest(
    ref: ListRef, logo: str, reading: Reading | None = None, genres: Sequence[str] = ()
) -> dict[str, Any]:
    """The manifest of one list; ``genres`` (most frequent first) are dropped from the end until it fits."""
    name = list_name(ref, reading)
    offered = list(genres[:_MOST_GENRES]) or list(_EVERY_GENRE)
    while True:
        catalogs = [_catalog(ref, end, name, sorted(offered)) for end in KINDS]
        manifest = _manifest(f"watchsync.{ref}", f"{name} · watchsync", logo, catalogs)
        if len(orjson.dumps(manifest)) <= LARGEST_BYTES or not offered:
            return manifest
        offered = offered[: len(offered) * 9 // 10]


def list_name(ref: ListRef, reading: Reading | None) -> str:
    """What people call the list."""
    author = reading.author if reading else None
    if ref.kind is ListKind.LIST:
        name = (reading.name if reading else None) or "IMDb list"
    else:
        page = ref.kind.value.capitalize()
        name = f"{author}'s {page}" if author else f"IMDb {page}"
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _manifest(
    id_: str, name: str, logo: str, catalogs: list[dict[str, Any]], *, configuration_required: bool = False
) -> dict[str, Any]:
    return {
        "id": id_,
        "version": _version(catalogs),
        "name": name,
        "description": _DESCRIPTION,
        "logo": logo,
        "resources": ["catalog"],
        "types": [type_ for type_, _ in KINDS.values()],
        "idPrefixes": ["tt"],
        "catalogs": catalogs,
        "behaviorHints": {"configurable": True, "configurationRequired": configuration_required},
    }


def _catalog(ref: ListRef, end: str, name: str, genres: list[str]) -> dict[str, Any]:
    extra: list[dict[str, Any]] = [{"name": "skip"}, {"name": "search"}]
    if genres:
        extra.append({"name": "genre", "options": genres})
    extra.append({"name": "sort", "options": [sort.value for sort in Sort]})
    return {"type": KINDS[end][0], "id": f"{ref}-{end}", "name": name, "extra": extra}


def _version(catalogs: list[dict[str, Any]]) -> str:
    """Other catalogs, other version; one that offers more is higher. No counter needs to be kept for it."""
    options = sum(len(extra.get("options", ())) for catalog in catalogs for extra in catalog["extra"])
    return f"{_SHAPE}.{options}.{zlib.crc32(orjson.dumps(catalogs)) % 1_000_000}"
