"""Catalog paths as Stremio writes them."""

import pytest

from catalog_samples import REF
from watchsync.catalog.view import Query, Sort
from watchsync.errors import BadInput
from watchsync.refs import ListRef
from watchsync.stremio.request import CatalogRequest, UnknownCatalog, read_catalog_path
from watchsync.titles import Kind


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("movie/ur12345678-movies.json", CatalogRequest("movie", Query(Kind.MOVIE))),
        ("series/ur12345678-series.json", CatalogRequest("series", Query(Kind.SERIES))),
        ("imdb/ur12345678-all.json", CatalogRequest("imdb", Query())),
        (
            "imdb/ur12345678-all/genre=Sci-Fi%20%26%20Fantasy&skip=100.json",
            CatalogRequest("imdb", Query(genre="Sci-Fi & Fantasy"), 100),
        ),
        ("imdb/ur12345678-all/search=a%2Fb%3D1.json", CatalogRequest("imdb", Query(search="a/b=1"))),
        ("imdb/ur12345678-all/search=a/b.json", CatalogRequest("imdb", Query(search="a/b"))),
        ("imdb/ur12345678-all/search=1%2B1+2.json", CatalogRequest("imdb", Query(search="1+1+2"))),
        ("imdb/ur12345678-all/sort=added-asc.json", CatalogRequest("imdb", Query(sort=Sort.ADDED_ASC))),
        ("all/ur12345678-all.json", CatalogRequest("all", Query())),
        (
            "movie/ur12345678-movies/sort=Highest%20rating.json",
            CatalogRequest("movie", Query(Kind.MOVIE, sort=Sort.RATING)),
        ),
        ("imdb/ur12345678-all/sort=HIGHEST%20RATING.json", CatalogRequest("imdb", Query(sort=Sort.RATING))),
        ("imdb/ur12345678-all/genre=Sort%3A%20Shuffled.json", CatalogRequest("imdb", Query(sort=Sort.SHUFFLE))),
        ("imdb/ur12345678-all/genre=sort%3A%20rating.json", CatalogRequest("imdb", Query(sort=Sort.RATING))),
        (
            "imdb/ur12345678-all/genre=Sort%3A%20Shuffled&sort=Most%20votes.json",
            CatalogRequest("imdb", Query(sort=Sort.VOTES)),
        ),
        ("imdb/ur12345678-all/sort=gone&availability=rain&.json", CatalogRequest("imdb", Query())),
        ("imdb/ur12345678-all/genre=&search=%20.json", CatalogRequest("imdb", Query())),
        ("imdb/ur12345678-all/skip=-7.json", CatalogRequest("imdb", Query(), 0)),
        (f"imdb/ur12345678-all/skip={'9' * 5000}.json", CatalogRequest("imdb", Query(), 10**9)),
    ],
)
def test_a_path_says_which_page_is_asked_for(path: str, asked: CatalogRequest):
    assert read_catalog_path(path, REF) == asked


def test_ratings_have_catalogs_of_their_own():
    ref = ListRef.parse("ur12345678-ratings")
    assert read_catalog_path("movie/ur12345678-ratings-movies.json", ref).query.kind is Kind.MOVIE


@pytest.mark.parametrize("skip", ["abc", "1.5", "1_0", "%D9%A1", "1e3", "0x10", "1,000", "undefinedly"])
def test_a_skip_that_is_no_whole_number_is_refused(skip: str):
    with pytest.raises(BadInput, match="skip must be a whole number"):
        read_catalog_path(f"imdb/ur12345678-all/skip={skip}.json", REF)


@pytest.mark.parametrize("path", ["movie/ur1-movies.json", "movie/ur12345678-series.json", "x", "", "a/b/c/d"])
def test_an_unknown_catalog_is_named_beside_the_known_ones(path: str):
    with pytest.raises(UnknownCatalog, match=r"Unknown catalog .*imdb/ur12345678-all"):
        read_catalog_path(path, REF)
