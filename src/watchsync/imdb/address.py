"""Where does a list stand on imdb.com, and in which order is it asked for?"""

from urllib.parse import urlsplit

from watchsync.refs import ListKind, ListRef

PAGE_SIZE = 250
"""Rows on one page."""
_SORTS = {"list": "list_order%2Casc", "newest": "date_added%2Cdesc"}
"""The site's names for orders. A literal comma would be redirected."""


def order_of(ref: ListRef) -> str:
    """The order in which a list is read: its own, oldest first (``list``), or ``newest`` first.

    Ratings have no order of their own: they are asked for by the day of the rating.
    """
    return "newest" if ref.kind is ListKind.RATINGS else "list"


def page_url(origin: str, ref: ListRef, number: int, *, landed: str = "") -> str:
    """The address of one page of a list.

    ``landed`` is where page 1 ended: a redirect may lead to another id of the same user and drop what was asked for,
    so later pages are asked for there.
    """
    return f"{origin}{_path(origin, ref, landed)}?sort={_SORTS[order_of(ref)]}&page={number}"


def _path(origin: str, ref: ListRef, landed: str) -> str:
    parts = urlsplit(landed)
    is_list = parts.path.startswith(("/user/", "/list/")) and f"{parts.scheme}://{parts.netloc}" == origin
    return parts.path if is_list else ref.path
