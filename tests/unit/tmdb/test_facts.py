"""TMDB's answers, without TMDB."""

from datetime import date
from typing import Any

import orjson
import pytest

from watchsync.titles import Kind, Title
from watchsync.tmdb.facts import Hit, TitleFacts, enriched

MOVIE = {
    "id": 603,
    "poster_path": "/matrix.jpg",
    "backdrop_path": "/back.jpg",
    "overview": "A hacker learns the truth.",
    "popularity": 81,
    "release_date": "1999-03-31",
}
SERIES = {"id": 1396, "poster_path": "/bad.jpg", "popularity": 300.5, "first_air_date": "2008-01-20"}


def find(**arrays: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        name: []
        for name in (
            "movie_results",
            "tv_results",
            "tv_episode_results",
            "tv_season_results",
            "person_results",
        )
    }
    return empty | arrays


def title(kind: Kind = Kind.MOVIE, **facts: Any) -> Title:
    return Title(id="tt0133093", kind=kind, name="The Matrix", position=1, **facts)


def test_a_film_takes_the_film_hit():
    answer = TitleFacts.read(find(movie_results=[MOVIE], tv_results=[SERIES]))

    found = enriched(title(), answer)

    assert (found.tmdb_id, found.tmdb_poster, found.tmdb_backdrop) == (603, "/matrix.jpg", "/back.jpg")
    assert found.popularity == 81.0


def test_a_series_takes_the_series_hit():
    answer = TitleFacts.read(find(movie_results=[MOVIE], tv_results=[SERIES]))

    found = enriched(title(Kind.SERIES), answer)

    assert (found.tmdb_id, found.tmdb_poster) == (1396, "/bad.jpg")


def test_a_film_that_tmdb_files_under_series_takes_the_poster_but_not_the_number():
    found = enriched(title(Kind.MOVIE), TitleFacts.read(find(tv_results=[SERIES])))

    assert (found.tmdb_id, found.tmdb_poster) == (None, "/bad.jpg")


def test_what_imdb_said_stays():
    known = title(overview="Neo wakes up.", released=date(1999, 6, 11), year=2000)

    found = enriched(known, TitleFacts.read(find(movie_results=[MOVIE])))

    assert (found.overview, found.released, found.year) == ("Neo wakes up.", date(1999, 6, 11), 2000)


def test_what_imdb_lacks_is_filled_in():
    found = enriched(title(), TitleFacts.read(find(movie_results=[MOVIE])))

    assert (found.overview, found.released, found.year) == (
        "A hacker learns the truth.",
        date(1999, 3, 31),
        1999,
    )


def test_an_id_that_tmdb_does_not_know_changes_nothing():
    answer = TitleFacts.read(find())

    assert not answer.is_known
    assert enriched(title(), answer) == title()


def test_an_episode_hit_alone_is_no_hit():
    assert not TitleFacts.read(find(tv_episode_results=[{"id": 1, "show_id": 2, "still_path": "/s.jpg"}])).is_known


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "603"},
        {},
        "text",
        None,
    ],
)
def test_a_hit_without_a_number_is_no_hit(odd: object):
    assert not TitleFacts.read(find(movie_results=[odd])).is_known


def test_odd_facts_are_left_out_and_the_rest_is_kept():
    odd = {"id": 5, "poster_path": None, "overview": "", "popularity": "high", "release_date": "soon"}

    answer = TitleFacts.read(find(movie_results=[odd]))

    assert answer.movie == Hit(id=5, released="soon")
    assert enriched(title(), answer).released is None


@pytest.mark.parametrize("body", [None, [], "no", {"status_code": 34}])
def test_something_that_is_no_answer_is_refused(body: object):
    with pytest.raises(ValueError):
        TitleFacts.read(body)


def test_a_remembered_answer_reads_back_the_same():
    for body in (find(movie_results=[MOVIE], tv_results=[SERIES]), find(tv_results=[SERIES]), find()):
        answer = TitleFacts.read(body)
        assert TitleFacts.from_record(orjson.loads(orjson.dumps(answer.to_record()))) == answer
