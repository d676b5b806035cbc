"""One row, with every field absent, odd or hostile."""

from datetime import UTC, date, datetime

import pytest

from imdb_pages import edge, item, page
from watchsync.imdb.rows import moment, poster, real, text, whole
from watchsync.titles import KIND_OF, Kind, TitleType


def only(edges):
    (row,) = page(edges).rows
    return row


def test_every_field_of_a_full_row_is_read():
    full = edge(
        111161,
        releaseYear={"year": 1994, "endYear": None},
        releaseDate={"day": 14, "month": 10, "year": 1994},
        primaryImage={"url": "https://m.media-amazon.com/images/M/abc._V1_.jpg"},
        ratingsSummary={"aggregateRating": 9.3, "voteCount": 2860477},
        runtime={"seconds": 8520},
        certificate={"rating": "R"},
        titleGenres={"genres": [{"genre": {"text": "Drama"}}, {"genre": {"text": "Crime"}}]},
        plot={"plotText": {"plainText": "Two men &amp; a wall."}},
        metacritic={"metascore": {"score": 82}},
        productionStatus={"currentProductionStage": {"id": "released"}},
        principalCreditsV2=[
            {"grouping": {"text": "Director"}, "credits": [{"name": {"nameText": {"text": "Frank Darabont"}}}]}
        ],
    )
    title = only([full]).title
    assert (title.id, title.name, title.original_name) == ("tt0111161", "Title 111161", "Original 111161")
    assert (title.year, title.end_year, title.released) == (1994, None, date(1994, 10, 14))
    assert title.image == "https://m.media-amazon.com/images/M/abc._V1_QL75_UX380_.jpg"
    assert (title.rating, title.votes, title.runtime_seconds) == (9.3, 2860477, 8520)
    assert (title.certificate, title.metascore, title.stage) == ("R", 82, "released")
    assert (title.genres, title.directors) == (("Drama", "Crime"), ("Frank Darabont",))
    assert title.overview == "Two men & a wall."
    assert title.added_at == datetime(2014, 7, 31, 15, 4, 32, tzinfo=UTC)


def test_a_row_with_nothing_but_an_id_has_no_name_and_no_kind():
    title = only([{"node": {}, "listItem": {"id": "tt0000001"}}]).title
    assert (title.id, title.name, title.kind, title.year) == ("tt0000001", "", Kind.UNKNOWN, None)


@pytest.mark.parametrize(
    "shape",
    [
        lambda one: {"node": {"itemId": "li1"}, "listItem": one},
        lambda one: {"node": {"itemId": "li1"}, "title": one},
        lambda one: {"node": {"itemId": "li1", "listItem": one}},
        lambda one: {"node": {"itemId": "li1", "item": one}},
        lambda one: {"node": {"itemId": "li1", "title": one}},
    ],
    ids=["listItem", "title", "node.listItem", "node.item", "node.title"],
)
def test_a_title_is_found_wherever_an_edge_keeps_it(shape):
    assert only([shape(item(7))]).title.id == "tt0000007"


@pytest.mark.parametrize("value", [2860477, 2860477.0])
def test_numbers_are_read_whether_int_or_float(value):
    assert only([edge(1, ratingsSummary={"aggregateRating": 9, "voteCount": value})]).title.votes == 2860477


def test_old_credits_are_read_too():
    old = [{"category": {"text": "Directors"}, "credits": [{"name": {"nameText": {"text": "Ada"}}}]}]
    assert only([edge(1, principalCredits=old)]).title.directors == ("Ada",)


@pytest.mark.parametrize("type_id", list(TitleType))
def test_each_of_the_thirteen_types_goes_where_the_mapping_says(type_id):
    assert only([edge(1, type_id.value)]).kind is KIND_OF[type_id]
    assert len(KIND_OF) == 13


def test_a_type_that_nobody_knows_is_unknown_unless_it_can_have_episodes():
    film = only([edge(1, titleType={"id": "hologram"})])
    series = only([edge(1, titleType={"id": "holoSeries", "canHaveEpisodes": True})])
    assert (film.kind, series.kind) == (Kind.UNKNOWN, Kind.SERIES)


def test_an_episode_carries_its_series():
    series = {"series": {"id": "tt0903747", "titleText": {"text": "Breaking Bad"}, "releaseYear": {"year": 2008}}}
    row = only([edge(959621, "tvEpisode", series=series)])
    assert (row.series.id, row.series.name, row.series.year) == ("tt0903747", "Breaking Bad", 2008)


@pytest.mark.parametrize("junk", [None, "", "tt", "nm0000001", "tt12", 5, [], {}, "tt" + "9" * 20])
def test_a_row_without_a_usable_id_is_no_title(junk):
    rows = page([{"node": {}, "listItem": {"id": junk}}, edge(2)]).rows
    assert [row.title is None for row in rows] == [True, False]


@pytest.mark.parametrize("junk", [True, -1, "12", float("inf"), float("nan"), 10**400, [], None])
def test_what_is_no_number_is_none(junk):
    assert whole(junk) is None
    assert real(junk) is None


@pytest.mark.parametrize("junk", ["", "yesterday", 5, None, "9" * 100, "2014-13-45T00:00:00Z"])
def test_what_is_no_time_is_none(junk):
    assert moment(junk) is None


def test_text_is_cleaned_and_bounded():
    assert text("  a\x00b &amp; <\ud800c  ") == "a b & < c"
    assert len(text("x" * 10_000)) == 2_000
    assert text("   ") is None


@pytest.mark.parametrize("junk", [None, 5, "javascript:alert(1)", "//x", "https://x/" + "y" * 600])
def test_what_is_no_picture_is_none(junk):
    assert poster(junk) is None
