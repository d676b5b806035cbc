"""Where does a list stand on imdb.com?"""

from watchsync.refs import ListRef

PAGE_SIZE = 250
"""Rows on one page."""


def page_url(origin: str, ref: ListRef, number: int) -> str:
    """The address of one page of a list, in the list's own order. A literal comma would be redirected."""
    return f"{origin}{ref.path}?sort=list_order%2Casc&page={number}"
