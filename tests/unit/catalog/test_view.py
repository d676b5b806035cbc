"""Filters, orders and pages."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from catalog_samples import NOW, REF, big_snapshot, title, titles
from watchsync.catalog.view import PAGE, Query, Sort, arrange, newest_added, page
from watchsync.titles import Kind, Title

TODAY = date(2026, 3, 1)


def names(*of: Title, today: date = TODAY, **query: object) -> list[str]:
    return [found.name for found in arrange(of, Query(**query), ref=REF, today=today)]  # type: ignore[arg-type]


def test_the_newest_added_comes_first_and_of_equals_the_one_further_down_the_list():
    old, new = NOW - timedelta(days=9), NOW
    given_titles = (title(3, "third", added_at=new), title(1, "first", added_at=old), title(2, "second", added_at=new))
    assert names(*given_titles) == ["third", "second", "first"]
    assert names(*given_titles, sort=Sort.ADDED_ASC) == ["first", "second", "third"]
    assert names(*given_titles, sort=Sort.LIST) == ["first", "second", "third"]


def test_a_title_without_a_date_stands_beside_its_neighbour_and_gets_no_date():
    given_titles = (
        title(1, "undated first"),
        title(2, "of 2014", added_at=NOW - timedelta(days=4000)),
        title(3, "undated of 2014"),
        title(4, "of today", added_at=NOW),
    )
    assert names(*given_titles) == ["of today", "undated of 2014", "of 2014", "undated first"]
    assert [each.added_at for each in newest_added(given_titles, "list")][1] is None


@pytest.mark.parametrize(
    ("order", "expected"), [("list", ["three", "two", "one"]), ("newest", ["one", "two", "three"])]
)
def test_without_any_date_the_order_of_reading_tells_which_is_the_newest(order, expected):
    given_titles = (title(1, "one"), title(2, "two"), title(3, "three"))
    assert [each.name for each in newest_added(given_titles, order)] == expected


def test_a_list_read_newest_first_puts_an_undated_title_after_its_newer_neighbour():
    given_titles = (
        title(1, "of today", added_at=NOW),
        title(2, "undated"),
        title(3, "of yesterday", added_at=NOW - timedelta(days=1)),
    )
    assert [each.name for each in newest_added(given_titles, "newest")] == ["of today", "undated", "of yesterday"]


@pytest.mark.parametrize(
    ("sort", "fact", "values"),
    [
        (Sort.YEAR, "year", (1979, 2024)),
        (Sort.RATING, "rating", (0.0, 9.1)),
        (Sort.VOTES, "votes", (0, 10)),
        (Sort.RUNTIME, "runtime_seconds", (60, 7200)),
        (Sort.POPULARITY, "popularity", (0.1, 99.0)),
    ],
)
def test_the_most_comes_first_and_the_unknown_last(sort: Sort, fact: str, values: tuple[float, float]):
    less, more = values
    given_titles = (title(1, "unknown"), title(2, "less", **{fact: less}), title(3, "more", **{fact: more}))
    assert names(*given_titles, sort=sort) == ["more", "less", "unknown"]


def test_names_sort_without_articles_accents_and_case():
    given_titles = (
        title(1, "The Zoo"),
        title(2, "élan"),
        title(3, "A Bee"),
        title(4, "Die Hard"),
        title(5, "!!"),
    )
    assert names(*given_titles, sort=Sort.TITLE) == ["!!", "A Bee", "Die Hard", "élan", "The Zoo"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("amelie", ["Amélie"]),
        ("AMÉ", ["Amélie"]),
        ("fabuleux destin", ["Amélie"]),
        ("spiderman", ["Spider-Man: Homecoming"]),
        ("spider man home", ["Spider-Man: Homecoming"]),
        ("home spid", ["Spider-Man: Homecoming"]),
        ("schindlers", ["Schindler\u2019s List"]),
        ("ider", []),
        ("ostergaard", ["Østergaard"]),
        ("война", ["Война и мир"]),
        ("隠し", ["千と千尋の神隠し"]),
        ("walle", ["WALL·E"]),
        ("?!", []),
    ],
)
def test_a_search_finds_words_by_their_beginnings(search: str, found: list[str]):
    given_titles = (
        title(1, "Amélie", original_name="Le fabuleux destin d'Amélie Poulain"),
        title(2, "Spider-Man: Homecoming"),
        title(3, "Schindler\u2019s List"),
        title(4, "Østergaard"),
        title(5, "Война и мир"),
        title(6, "千と千尋の神隠し"),
        title(7, "WALL·E"),
    )
    assert names(*given_titles, search=search) == found


def test_a_genre_and_a_kind_narrow_the_list():
    given_titles = (
        title(1, "one", genres=("Drama",)),
        title(2, "two", genres=("Sci-Fi", "Drama"), kind=Kind.SERIES),
        title(3, "three"),
    )
    assert names(*given_titles, genre="drama") == ["two", "one"]
    assert names(*given_titles, genre="Sci-Fi", kind=Kind.MOVIE) == []
    assert names(*given_titles, kind=Kind.SERIES) == ["two"]


def test_a_shuffle_holds_for_a_day_even_when_a_title_goes():
    many = big_snapshot(300).titles
    today = names(*many, sort=Sort.SHUFFLE)
    assert today == names(*many, sort=Sort.SHUFFLE)
    assert today != names(*many, sort=Sort.SHUFFLE, today=TODAY + timedelta(days=1))
    assert names(*many[1:], sort=Sort.SHUFFLE) == [name for name in today if name != many[0].name]


@given(st.lists(titles, max_size=12, unique_by=lambda one: one.id), st.sampled_from(Sort))
@settings(max_examples=60, deadline=None)
def test_every_order_keeps_every_title(some: list[Title], sort: Sort):
    arranged = arrange(some, Query(sort=sort), ref=REF, today=TODAY)
    assert sorted(one.id for one in arranged) == sorted(one.id for one in some)


@given(st.integers(-(10**30), 10**30), st.integers(0, 350))
def test_a_page_is_a_hundred_titles_from_any_place(skip: int, count: int):
    rows = [title(number) for number in range(count)]
    found = page(rows, skip)
    assert len(found) == max(0, min(PAGE, count - max(skip, 0)))
    assert list(found) == rows[max(skip, 0) :][:PAGE]


def test_pages_put_together_are_the_list():
    arranged = arrange(big_snapshot(1234).titles, Query(), ref=REF, today=TODAY)
    pages = [page(arranged, skip) for skip in range(0, 1400, PAGE)]
    assert [one for rows in pages for one in rows] == list(arranged)
