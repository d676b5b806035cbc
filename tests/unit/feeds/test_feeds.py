"""The list in other programs' forms, read back as those programs do."""

import csv
import io
from dataclasses import replace
from datetime import date

import orjson
import pytest
from icalendar import Calendar

from catalog_samples import snapshot, title
from watchsync.errors import NotFed
from watchsync.feeds.csv_export import COLUMNS, csv_export
from watchsync.feeds.feed import assert_whole
from watchsync.feeds.radarr import radarr
from watchsync.feeds.releases import releases
from watchsync.snapshot import Completeness
from watchsync.stremio.meta_preview import ImageUrls
from watchsync.titles import Kind

PICTURES = ImageUrls("https://image.example/t/p", "https://posters.example/{imdb_id}")
HOSTILE = [
    "BEGIN:VEVENT\r\nEND:VCALENDAR",
    "a,b;c\\n",
    "x" * 400,
    "\u202eeman",
    "\u540d\u524d \U0001f3ac",
    "=1+1",
    "<script>",
]


def rows(made) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_export(made).body.decode())))


def test_a_calendar_has_a_day_for_each_title_whose_release_is_known():
    made = snapshot(
        title(1, released=date(2027, 2, 3)), title(2), title(3, kind=Kind.SERIES, released=date(2026, 12, 1))
    )
    calendar = Calendar.from_ical(releases(made, "Ana's Watchlist").body)
    events = calendar.walk("VEVENT")
    assert [(event["uid"], event.decoded("dtstart")) for event in events] == [
        ("tt0000001@watchsync", date(2027, 2, 3)),
        ("tt0000003@watchsync", date(2026, 12, 1)),
    ]
    assert calendar["x-wr-calname"] == "Ana's Watchlist: releases"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_calendar(name: str):
    made = snapshot(title(1, name=name, released=date(2027, 2, 3)), title(2, released=date(2027, 2, 4)))
    calendar = Calendar.from_ical(releases(made, name).body)
    assert len(calendar.walk("VEVENT")) == 2
    assert " ".join(str(calendar.walk("VEVENT")[0]["summary"]).split()) == " ".join(name.split())


def test_radarr_gets_the_films_alone_in_the_lists_order():
    made = snapshot(title(1), title(2, kind=Kind.SERIES), title(3))
    films = orjson.loads(radarr(made, PICTURES).body)
    assert [film["imdb_id"] for film in films] == ["tt0000001", "tt0000003"]
    assert all(film.keys() == {"title", "imdb_id", "poster_url"} for film in films)
    assert films[0]["poster_url"].startswith("https://")


def test_a_table_has_imdbs_columns_and_a_row_a_title():
    made = snapshot(
        title(1, year=1994, rating=9.3, votes=12, runtime_seconds=8520, genres=("Drama", "Crime")), title(2)
    )
    first, second = rows(made)
    assert tuple(first) == COLUMNS
    assert (first["Const"], first["Year"], first["IMDb Rating"], first["Num Votes"]) == (
        "tt0000001",
        "1994",
        "9.3",
        "12",
    )
    assert (first["Runtime (mins)"], first["Genres"], first["Title Type"]) == ("142", "Drama, Crime", "Movie")
    assert (second["Const"], second["Year"], second["IMDb Rating"]) == ("tt0000002", "", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_table_or_is_a_formula(name: str):
    first, second = rows(snapshot(title(1, name=name), title(2)))
    assert first["Title"].removeprefix("'").replace("\r\n", "\n") == name.replace("\r\n", "\n")
    assert not first["Title"].startswith("=")
    assert second["Const"] == "tt0000002"


@pytest.mark.parametrize("completeness", [Completeness.PARTIAL, Completeness.UNKNOWN])
def test_a_part_of_a_list_is_not_handed_on(completeness: Completeness):
    with pytest.raises(NotFed, match="not handed to other programs"):
        assert_whole(replace(snapshot(title(1)), completeness=completeness))


@pytest.mark.parametrize("completeness", [Completeness.COMPLETE, Completeness.SETTLED])
def test_a_whole_list_and_a_settled_one_are(completeness: Completeness):
    assert_whole(replace(snapshot(title(1)), completeness=completeness))
