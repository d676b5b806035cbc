"""Which list do you mean?"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import unquote

from watchsync.errors import InvalidRef

_OWNER = r"(?:ur\d{1,12}|p\.[a-z0-9]{1,40})"
_FLAGS = re.IGNORECASE | re.ASCII
"""ASCII alone: digits of other scripts, the long s and the Kelvin sign make no id."""
_BARE = re.compile(rf"(?P<owner>{_OWNER})(?P<ratings>-ratings)?|(?P<list>ls\d{{1,12}})", _FLAGS)
_END = r"(?![\w%-])(?!(?u:\d))"
"""Where an id ends: a digit of another script may be its last, mistyped."""
_IN_TEXT = re.compile(
    r"(?<![\w./%-])(?:(?P<owner>ur\d{3,12}|p\.[a-z0-9]{20,40})(?P<ratings>-ratings)?|(?P<list>ls\d{3,12}))"
    rf"{_END}(?:/+(?P<page>[\w-]+))?",
    _FLAGS,
)
"""An id among other words: long enough not to be one of them. One of its pages may follow."""
_PATH_ALONE = re.compile(r"(?<!\S)/*(?:[a-z]{2}(?:-[a-z]{2,4})?/+)?(?:user|list)/+[^\s\"'<>)\]}|\\]+", _FLAGS)
"""What is left of an address without its site."""
_ADDRESS = re.compile(
    r"(?<![\w.@-])(?:[a-z0-9-]+\.)*imdb\.com\.?(?::\d+)?(?P<path>/[^\s\"'<>)\]}|\\]*)?(?![\w.@-])", _FLAGS
)
_PATH = re.compile(
    rf"/*(?:[a-z]{{2}}(?:-[a-z]{{2,4}})?/+)?(?:user/+(?P<owner>{_OWNER})|list/+(?P<list>ls\d{{1,12}})){_END}"
    r"(?:/+(?P<page>[\w-]+))?.*",
    _FLAGS | re.DOTALL,
)
_OUR_OWN = re.compile(
    rf"/(?:(?P<owner>{_OWNER})(?P<ratings>-ratings)?|(?P<list>ls\d{{1,12}}))/(?:manifest\.json|configure)", _FLAGS
)
_LONGEST = 2_000
_SITE = r"(?<![\w-])imdb\.com(?::\d+)?(?:/[a-z]{2}(?:-[a-z]{2,4})?)?"
_OF_USER = rf"(?:{_SITE}/user/|(?<!\S)/*(?:user/+)?){_OWNER}"
_OTHERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, _FLAGS), said)
    for pattern, said in (
        (rf"{_SITE}/title/tt\d+", "That is the page of a film or series, not a list"),
        (rf"{_SITE}/name/nm\d+", "That is a person's page, not a list"),
        (rf"{_SITE}/chart/", "That is one of IMDb's charts, not a list of somebody's"),
        (rf"{_SITE}/(?:search|find)\b", "That is a search, not a list"),
        (rf"{_SITE}/(?:registration|ap)/", "That is IMDb's sign-in page"),
        (rf"{_OF_USER}/lists\b", "That is the page of all lists of a user; open one of them"),
        (rf"{_OF_USER}/[a-z]+", "That page of a user is neither a watchlist nor ratings"),
        (r"letterboxd\.com|boxd\.it", "That is a Letterboxd address; only IMDb's lists can be read"),
        (r"trakt\.tv", "That is a Trakt address; only IMDb's lists can be read"),
        (r"themoviedb\.org", "That is a TMDB address; only IMDb's lists can be read"),
        (r"(?<![\w/])tt\d{7,10}\b", "That is the id of a film or series, not of a list"),
        (r"(?<![\w/])nm\d{7,10}\b", "That is a person's id, not a list's"),
    )
)
"""What people paste by mistake, and what that is."""


class ListKind(StrEnum):
    """The three shapes of page that hold a list of titles."""

    WATCHLIST = "watchlist"
    RATINGS = "ratings"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class ListRef:
    """One public IMDb list: a user's watchlist, a user's ratings, or a list with a number of its own.

    ``id`` is ``ur…``, ``p.…`` or ``ls…``. ``str(ref)`` is the short form that stands in addresses, keys and
    catalog ids (``ur12345678``, ``ur12345678-ratings``, ``ls012345678``) and ``ListRef.parse`` reads it back.
    """

    kind: ListKind
    id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a person pastes: an id or an IMDb address, wherever it stands in the text.

        Raises InvalidRef for anything else, saying what it is where that is known, and what was expected.
        """
        if len(text) > _LONGEST:
            raise InvalidRef(f"That is too long to be a list. {InvalidRef.sentence()}")
        given = _visible(text)
        if bare := _BARE.fullmatch(given):
            return cls._of(bare)
        found = dict.fromkeys(map(cls._of, _matches(given) or _matches(_decoded(given))))
        if len(found) > 1:
            raise InvalidRef(f"That holds several lists: {', '.join(map(str, found))}. Paste one of them.")
        if not found:
            raise InvalidRef(_what_it_is(given))
        return next(iter(found))

    @classmethod
    def _of(cls, found: re.Match[str]) -> Self:
        groups = found.groupdict()
        if groups["list"]:
            return cls(ListKind.LIST, groups["list"].lower())
        is_ratings = groups.get("ratings") or (groups.get("page") or "").lower() == "ratings"
        return cls(ListKind.RATINGS if is_ratings else ListKind.WATCHLIST, groups["owner"].lower())

    @property
    def path(self) -> str:
        """The path of the page on imdb.com, with its trailing slash."""
        if self.kind is ListKind.LIST:
            return f"/list/{self.id}/"
        return f"/user/{self.id}/{self.kind.value}/"

    def __str__(self) -> str:
        return f"{self.id}-ratings" if self.kind is ListKind.RATINGS else self.id


def _visible(text: str) -> str:
    """The text without marks that nobody sees, and without what people put around an address."""
    seen = (" " if each.isspace() else each for each in text if each.isspace() or not _is_mark(each))
    return "".join(seen).strip().strip("\"'<>()[]{}`,;\u00ab\u00bb\u2018\u2019\u201c\u201d").strip()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Cf", "Cc"}


def _decoded(text: str) -> str:
    """The text without its percent-encoding, which an address within an address has twice."""
    return unquote(unquote(text))


def _matches(text: str) -> list[re.Match[str]]:
    """Each address of a list, and each id that stands alone."""
    paths = [address["path"] or "" for address in _ADDRESS.finditer(text)]
    rest = _ADDRESS.sub(" ", text)
    paths += _PATH_ALONE.findall(rest)
    found = [match for path in paths if (match := _list_at(path))]
    found += _OUR_OWN.finditer(text)
    return found + list(filter(_is_list, _IN_TEXT.finditer(_PATH_ALONE.sub(" ", rest))))


def _list_at(path: str) -> re.Match[str] | None:
    """The list at a path of imdb.com; a user's other pages are none."""
    match = _PATH.fullmatch(unquote(path))
    return match if match and _is_list(match) else None


def _is_list(match: re.Match[str]) -> bool:
    """Whether it is no other page of a user than these two."""
    return bool(match["list"]) or (match["page"] or "watchlist").lower() in {"watchlist", "ratings"}


def _what_it_is(given: str) -> str:
    for pattern, said in _OTHERS:
        if pattern.search(given) or pattern.search(_decoded(given)):
            return f"{said}. {InvalidRef.sentence()}"
    if not given:
        return InvalidRef.sentence()
    shown = given if len(given) <= _SHOWN else given[: _SHOWN - 3] + "\u2026"
    return f"'{shown}' is not a list. {InvalidRef.sentence()}"


_SHOWN = 80
