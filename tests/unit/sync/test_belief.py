"""Which reading may replace what we have: each row of the table in docs/belief.md."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders import reading, snapshot
from watchsync.snapshot import Completeness, Reading, Snapshot
from watchsync.sync.belief import Belief, believe, completeness_of

TABLE = (Path(__file__).parents[3] / "docs/belief.md").read_text()
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)[1:]


def of(completeness: Completeness, known: Reading) -> Snapshot:
    return replace(snapshot(known), completeness=completeness)


KNOWN = {
    "nothing": None,
    "the whole list": snapshot(reading(203)),
    "a settled list": of(Completeness.SETTLED, reading(201, total=203)),
    "a part": snapshot(reading(100, total=203)),
    "a lesser form": snapshot(replace(reading(125, total=None), form="dom")),
    "an addition": of(Completeness.UNKNOWN, reading(203)),
}
READINGS = {
    "the whole list": reading(203),
    "a longer list": reading(210),
    "a shorter list": reading(150),
    "most of it gone": reading(47),
    "two rows missing": reading(201, total=203),
    "many rows missing": reading(120, total=203),
    "fewer rows than the part": reading(60, total=203),
    "no total, nothing missing": reading(210, total=None),
    "no total, titles missing": reading(150, total=None),
    "lesser form, whole": replace(reading(203), form="dom"),
    "lesser form, no total": replace(reading(125, total=None), form="dom"),
    "lesser form, fewer": replace(reading(36, total=None), form="jsonld"),
    "as far as we read": replace(reading(150, total=203), bound=150),
}


def said(known: Snapshot | None, seen: Reading, first: Reading | None = None) -> str:
    belief = believe(known, seen, first)
    return f"accept, {completeness_of(known, seen, first).value}" if belief is Belief.ACCEPT else belief.value


def test_the_table_has_every_cell():
    assert {(known, seen) for known, seen, _, _ in ROWS} == {(known, seen) for known in KNOWN for seen in READINGS}


@pytest.mark.parametrize(("known", "seen", "at_first", "again"), ROWS)
def test_what_follows_is_what_the_table_says(known, seen, at_first, again):
    assert said(KNOWN[known], READINGS[seen]) == at_first
    if at_first == "confirm":
        assert said(KNOWN[known], READINGS[seen], READINGS[seen]) == again


def test_a_second_whole_reading_is_believed_whatever_the_first_said():
    assert said(KNOWN["the whole list"], reading(203), reading(47, total=203)) == "accept, complete"


def test_two_different_short_readings_are_rejected():
    assert said(KNOWN["the whole list"], reading(60, total=203), reading(47, total=203)) == "reject"


def test_the_same_number_of_other_rows_missing_is_not_the_same():
    first = reading(201, total=203)
    second = replace(first, titles=(*first.titles[1:], replace(first.titles[0], id="tt0009999")))
    assert said(None, second, first) == "accept, partial"


def test_a_small_list_may_be_cleared_at_once():
    assert said(snapshot(reading(8)), reading(0)) == "accept, complete"
    assert said(snapshot(reading(11)), reading(0)) == "confirm"


@pytest.mark.parametrize(
    ("rows", "total", "is_few"), [(295, 300, True), (293, 300, False), (980, 1000, True), (979, 1000, False)]
)
def test_few_is_five_rows_or_two_in_a_hundred(rows, total, is_few):
    expected = "accept, settled" if is_few else "accept, partial"
    assert said(None, reading(rows, total=total), reading(rows, total=total)) == expected


def test_a_settled_list_is_doubted_when_more_is_missing():
    settled = of(Completeness.SETTLED, reading(201, total=203))
    assert said(settled, reading(202, total=204)) == "accept, settled"
    assert said(settled, reading(201, total=204)) == "confirm"
