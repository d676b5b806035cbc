"""What does the addon say about itself?"""

from typing import Any, Final

from watchsync.catalog.view import PAGE
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading
from watchsync.stremio.cards import CARD_PREFIX
from watchsync.stremio.orders import genre_options, sort_options
from watchsync.stremio.request import COMBINED, KINDS

LARGEST_BYTES: Final = 8192
"""More than this and clients refuse the manifest."""
VERSION: Final = "2.1.0"
"""Raise it, and never lower it, whenever the catalogs or extras below change: clients read the manifest anew only then.

Its first part was 1 while the version was worked out from the list's own genres.
"""
_LONGEST_NAME: Final = 60
_DESCRIPTION: Final = (
    "Your public IMDb watchlist as a catalog that keeps itself current. "
    "This product uses the TMDB API but is not endorsed or certified by TMDB."
)
_GENRES: Final = [
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
"""IMDb's genres. The same for every list, since Stremio keeps the manifest of the day of the installation."""


def bare_manifest(logo: str) -> dict[str, Any]:
    """The manifest without a list: it cannot be installed, and sends people to the page."""
    return _manifest("watchsync", "watchsync", logo, [], configuration_required=True)


def list_manifest(
    ref: ListRef, logo: str, reading: Reading | None = None, *, combined_type: str = COMBINED[0]
) -> dict[str, Any]:
    """The manifest of one list. Only its names depend on what was read; catalogs and extras are always the same.

    ``combined_type`` is Stremio's type of the catalog that holds films and series together.
    """
    name = list_name(ref, reading)
    types = [types[0] if kind else combined_type for types, kind in KINDS.values()]
    catalogs = [_catalog(f"{ref}-{end}", type_, name) for end, type_ in zip(KINDS, types, strict=True)]
    return _manifest(f"watchsync.{ref}", f"{name} · watchsync", logo, catalogs)


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
        "version": VERSION,
        "name": name,
        "description": _DESCRIPTION,
        "logo": logo,
        "resources": [
            "catalog",
            {"name": "meta", "types": ["movie", "series"], "idPrefixes": [CARD_PREFIX]},
        ],
        "types": ["movie", "series", *{each["type"]: None for each in catalogs if each["type"] in COMBINED}],
        "idPrefixes": ["tt"],
        "catalogs": catalogs,
        "behaviorHints": {"configurable": True, "configurationRequired": configuration_required},
    }


def _catalog(id_: str, type_: str, name: str) -> dict[str, Any]:
    """One catalog. The combined one answers no search: Stremio asks every catalog, and would show each title twice.

    ``pageSize`` and ``showInHome`` are read by Nuvio; Stremio passes over them.
    """
    extra: list[dict[str, Any]] = [
        {"name": "skip"},
        {"name": "genre", "options": [*_GENRES, *genre_options()]},
        {"name": "sort", "options": sort_options()},
    ]
    if type_ not in COMBINED:
        extra.insert(1, {"name": "search"})
    return {"type": type_, "id": id_, "name": name, "pageSize": PAGE, "showInHome": True, "extra": extra}
