"""Titles as catalog items."""

from datetime import date

import pytest
from hypothesis import given

from catalog_samples import full_title, title, titles
from watchsync.stremio.meta_preview import ImageUrls, meta_preview
from watchsync.titles import Kind, Title

PICTURES = ImageUrls("https://image.tmdb.org/t/p", "https://posters.example/{imdb_id}/img")


def test_a_title_with_every_fact_says_it_the_way_that_clients_read():
    meta = meta_preview(full_title(3), PICTURES)
    assert meta["type"] == "series"
    assert meta["releaseInfo"] == "1953-1955"
    assert meta["released"] == "1953-04-04T00:00:00.000Z"
    assert meta["imdbRating"] == "1.3"
    assert meta["runtime"] == "23m"
    assert meta["poster"].startswith("https://image.tmdb.org/t/p/w342/")
    assert meta["background"].startswith("https://image.tmdb.org/t/p/w1280/")
    assert "links" not in meta


def test_a_title_with_hardly_a_fact_is_still_an_item():
    assert meta_preview(title(7, "Seven"), PICTURES) == {
        "id": "tt0000007",
        "type": "movie",
        "name": "Seven",
        "poster": "https://posters.example/tt0000007/img",
        "posterShape": "poster",
    }


def test_a_poster_is_tmdbs_then_imdbs_then_the_public_services():
    both = title(1, tmdb_poster="/a.jpg", image="https://m.media-amazon.com/b.jpg")
    assert PICTURES.poster(both) == "https://image.tmdb.org/t/p/w342/a.jpg"
    assert PICTURES.poster(title(1, image="https://m.media-amazon.com/b.jpg")).endswith("/b.jpg")
    assert PICTURES.poster(title(1, image="/relative.jpg")) == "https://posters.example/tt0000001/img"


@pytest.mark.parametrize(
    ("kind", "year", "end", "said"),
    [
        (Kind.MOVIE, 2010, None, "2010"),
        (Kind.SERIES, 2000, 2014, "2000-2014"),
        (Kind.SERIES, 2000, None, "2000-"),
        (Kind.SERIES, 2019, 2019, "2019"),
        (Kind.MOVIE, None, None, None),
    ],
)
def test_years_are_written_as_stremio_does(kind: Kind, year: int | None, end: int | None, said: str | None):
    one = title(1, kind=kind, year=year, end_year=end, released=date(2010, 1, 1))
    assert meta_preview(one, PICTURES).get("releaseInfo") == said


@given(titles)
def test_whatever_a_title_lacks_no_client_drops_it(one: Title):
    meta = meta_preview(one, PICTURES)
    assert all(isinstance(meta[name], str) and meta[name] for name in ("id", "type", "name", "poster"))
    assert None not in meta.values()
    assert isinstance(meta.get("description", ""), str)
    assert isinstance(meta.get("imdbRating", ""), str)
