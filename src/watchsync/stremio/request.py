"""Which catalog is asked for?

The path is read before it is decoded: a genre such as ``Sci-Fi & Fantasy`` holds the very character that
parts one extra from the next.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from watchsync.catalog.view import Query, Sort
from watchsync.errors import BadInput
from watchsync.refs import ListRef
from watchsync.stremio.orders import sort_among_genres, sort_of
from watchsync.titles import Kind

_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_END: Final = re.compile(r"(?:\.json)?/*$", re.IGNORECASE)
_NO_VALUE: Final = frozenset({"", "undefined", "null", "nan", "none", "false"})
"""What a program writes where it has no value."""
_ANY_GENRE: Final = frozenset({"all", "any", "all genres", "any genre", "*", "default"})
_FURTHEST: Final = 10**9
_LONGEST_VALUE: Final = 200
COMBINED: Final = ("imdb", "all")
"""The types that films and series together may have. In Discover ``imdb`` is the last tab; ``all`` is the first, and
the one that Discover opens."""
KINDS: Final[dict[str, tuple[tuple[str, ...], Kind | None]]] = {
    "movies": (("movie",), Kind.MOVIE),
    "series": (("series",), Kind.SERIES),
    "all": (COMBINED, None),
}
"""The catalogs of one list by the end of their id: Stremio's types for it, and the titles in it."""


class UnknownCatalog(LookupError):
    """This list has no such catalog."""


@dataclass(frozen=True, slots=True)
class CatalogRequest:
    """One page of one catalog."""

    type: str
    query: Query
    skip: int = 0

    @property
    def is_first_page(self) -> bool:
        """Whether this is what Home shows: the beginning of the whole catalog."""
        return self.skip <= 0 and self.query.is_plain

    @property
    def may_show_card(self) -> bool:
        """Whether news may stand in for titles: not among search results, and not again on the next page."""
        return self.skip <= 0 and self.query.search is None


def read_catalog_path(raw: str, ref: ListRef) -> CatalogRequest:
    """Read ``{type}/{id}.json`` or ``{type}/{id}/{extra}.json``, still percent-encoded.

    Raises UnknownCatalog, and BadInput for a ``skip`` that is no whole number. Extras that we do not know and
    orders that we do not offer (any more) are passed over: an installed manifest may be old. So are capitals, a slash
    at the end, and the words by which a client says that it has no value.
    """
    type_, _, rest = _END.sub("", raw).partition("/")
    catalog_id, _, extra = rest.partition("/")
    known_type, kind = _kind(unquote(type_).lower(), unquote(catalog_id).lower(), ref)
    extras = _extras(extra)
    genre, sort = extras.get("genre", ""), sort_of(extras.get("sort", ""))
    if in_place_of_genre := sort_among_genres(genre):
        genre, sort = "", sort or in_place_of_genre
    query = Query(
        kind=kind,
        genre=_genre(genre),
        search=extras.get("search", "").strip() or None,
        sort=sort or Sort.ADDED,
    )
    return CatalogRequest(known_type, query, _skip(extras.get("skip", "0")))


def _kind(type_: str, catalog_id: str, ref: ListRef) -> tuple[str, Kind | None]:
    for end, (types, kind) in KINDS.items():
        if catalog_id == f"{ref}-{end}" and type_ in types:
            return type_, kind
    known = ", ".join(f"{types[0]}/{ref}-{end}" for end, (types, _) in KINDS.items())
    shown = f"{type_}/{catalog_id}"[:_LONGEST_VALUE]
    raise UnknownCatalog(f"Unknown catalog '{shown}'. This list has {known}.")


def _extras(extra: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in extra.split("&") if pair)
    return {unquote(name): unquote(value)[:_LONGEST_VALUE] for name, _, value in pairs}


def _genre(given: str) -> str | None:
    text = given.strip()
    return None if text.lower() in _NO_VALUE | _ANY_GENRE else text


def _skip(given: str) -> int:
    text = given.strip()
    if text.lower() in _NO_VALUE:
        return 0
    if not _WHOLE.fullmatch(text):
        raise BadInput(f"skip must be a whole number, not '{text[:40]}'")
    if len(text) > len(str(_FURTHEST)):
        return 0 if text.startswith("-") else _FURTHEST
    return max(int(text), 0)
