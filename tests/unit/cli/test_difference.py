"""What compare shows."""

from dataclasses import replace
from datetime import UTC, datetime

from watchsync.cli.difference import difference
from watchsync.refs import ListRef
from watchsync.snapshot import Reading, Snapshot
from watchsync.titles import Kind, Title

REF = ListRef.parse("ur12345678")
ALIEN = Title(id="tt0078748", kind=Kind.MOVIE, name="Alien", position=1, year=1979, rating=8.5)
HEAT = Title(id="tt0113277", kind=Kind.MOVIE, name="Heat", position=2, year=1995)


def reading(*titles: Title) -> Reading:
    return Reading(ref=REF, titles=titles, total=len(titles), rows=len(titles))


def stored(*titles: Title) -> Snapshot:
    return Snapshot(reading=reading(*titles), fetched_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_nothing_changed():
    assert difference(stored(ALIEN), reading(ALIEN)).lines() == ["0 added, 0 removed, 0 changed"]


def test_added_and_removed_titles_are_named():
    assert difference(stored(ALIEN), reading(HEAT)).lines() == [
        "+ tt0113277  Heat",
        "- tt0078748  Alien",
        "1 added, 1 removed, 0 changed",
    ]


def test_a_changed_fact_is_shown_before_and_after():
    assert difference(stored(ALIEN), reading(replace(ALIEN, rating=8.4))).lines() == [
        "~ tt0078748  Alien: rating 8.5 → 8.4",
        "0 added, 0 removed, 1 changed",
    ]


def test_without_a_stored_snapshot_everything_is_added():
    assert difference(None, reading(ALIEN, HEAT)).lines()[-1] == "2 added, 0 removed, 0 changed"


def test_facts_that_came_from_elsewhere_are_no_change():
    kept = replace(
        ALIEN,
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
        tmdb_poster="/alien.jpg",
        popularity=9.0,
        overview="In space.",
    )
    assert difference(stored(kept), reading(ALIEN)).changed == ()
