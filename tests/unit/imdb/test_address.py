"""Where the pages of a list stand."""

import pytest

from watchsync.imdb.address import page_url
from watchsync.refs import ListRef

ORIGIN = "https://www.example.com"


@pytest.mark.parametrize(
    ("landed", "path"),
    [
        ("", "/user/ur1/watchlist/"),
        (f"{ORIGIN}/user/p.abc/watchlist/?sort=list_order%2Casc", "/user/p.abc/watchlist/"),
        (f"{ORIGIN}/es-es/user/p.abc/watchlist/", "/es-es/user/p.abc/watchlist/"),
        (f"{ORIGIN}/list/ls1/", "/list/ls1/"),
        (f"{ORIGIN}/registration/signin/?u=/user/ur1/", "/user/ur1/watchlist/"),
        ("https://elsewhere.example/user/p.abc/watchlist/", "/user/ur1/watchlist/"),
    ],
)
def test_later_pages_are_asked_for_where_the_first_one_was_found(landed, path):
    url = page_url(ORIGIN, ListRef.parse("ur1"), 2, landed=landed)
    assert url == f"{ORIGIN}{path}?sort=list_order%2Casc&page=2"


def test_ratings_are_asked_for_by_the_day_of_the_rating():
    assert page_url(ORIGIN, ListRef.parse("ur1-ratings"), 1).endswith(
        "/user/ur1/ratings/?sort=date_added%2Cdesc&page=1"
    )
