"""Which list do you mean?"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import unquote, urlsplit

from watchsync.errors import InvalidRef

_OWNER = r"(?:ur\d{1,12}|p\.[a-z0-9]{1,40})"
_BARE = re.compile(rf"(?P<owner>{_OWNER})(?P<ratings>-ratings)?|(?P<list>ls\d{{1,12}})", re.IGNORECASE)
_LANGUAGE = r"(?:/[a-z]{2}(?:-[a-z]{2,4})?)?"
_PATH = re.compile(
    rf"{_LANGUAGE}/(?:user/(?P<owner>{_OWNER})(?:/(?P<page>watchlist|ratings))?|list/(?P<list>ls\d{{1,12}}))(?:/.*)?",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)?imdb\.com", re.IGNORECASE)
_LONGEST = 2_000


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
        """Read what a person pastes: an id, or any IMDb address of a user, watchlist, ratings or list page.

        Raises InvalidRef for anything else, naming what was expected.
        """
        given = text.strip()
        if len(given) > _LONGEST:
            raise InvalidRef(f"That is too long to be a list. {InvalidRef.sentence()}")
        found = _BARE.fullmatch(given) or _in_address(given)
        if found is None:
            shown = given if len(given) <= 80 else given[:77] + "…"
            raise InvalidRef(f"'{shown}' is not a list. {InvalidRef.sentence()}" if given else None)
        groups = found.groupdict()
        if groups["list"]:
            return cls(ListKind.LIST, groups["list"].lower())
        ratings = groups.get("ratings") or (groups.get("page") or "").lower() == "ratings"
        return cls(ListKind.RATINGS if ratings else ListKind.WATCHLIST, groups["owner"].lower())

    @property
    def path(self) -> str:
        """The path of the page on imdb.com, with its trailing slash."""
        if self.kind is ListKind.LIST:
            return f"/list/{self.id}/"
        return f"/user/{self.id}/{self.kind.value}/"

    def __str__(self) -> str:
        return f"{self.id}-ratings" if self.kind is ListKind.RATINGS else self.id


def _in_address(given: str) -> re.Match[str] | None:
    address = given if "://" in given else f"https://{given}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    return _PATH.fullmatch(unquote(parts.path))
