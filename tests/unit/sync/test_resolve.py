"""Titles without a type or a name."""

from dataclasses import replace

from hypothesis import given, strategies as st

from builders import reading, snapshot, title
from watchsync.snapshot import Reading
from watchsync.sync.resolve import merge, resolve
from watchsync.titles import Kind


def accounted(of: Reading) -> bool:
    return of.rows == len(of.titles) + of.duplicates + of.folded + sum(of.left_out.values())


def read(*titles) -> Reading:
    return replace(reading(0), titles=titles, rows=len(titles), total=len(titles))


def test_what_nobody_knows_is_left_out_and_counted():
    seen = read(title(1), replace(title(2), kind=Kind.UNKNOWN), replace(title(3), name=""))
    found = resolve(None, seen)
    assert [each.id for each in found.titles] == ["tt0000001"]
    assert found.left_out == {"type-unknown": 1, "nameless": 1}


def test_what_was_known_is_filled_in():
    known = snapshot(read(replace(title(1), kind=Kind.SERIES, name="A Series")))
    (found,) = resolve(known, read(replace(title(1), kind=Kind.UNKNOWN, name=""))).titles
    assert (found.kind, found.name) == (Kind.SERIES, "A Series")


def test_what_a_page_tells_is_not_overruled():
    known = snapshot(read(replace(title(1), kind=Kind.SERIES, name="Old")))
    (found,) = resolve(known, read(title(1))).titles
    assert (found.kind, found.name) == (Kind.MOVIE, "Film 1")


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(list(Kind)), st.sampled_from(["", "Name"])),
        unique_by=lambda each: each[0],
        max_size=20,
    )
)
def test_every_row_stays_accounted_for(drawn):
    seen = read(*(replace(title(number), kind=kind, name=name) for number, kind, name in drawn))
    known = snapshot(reading(15))
    for found in (resolve(None, seen), resolve(known, seen)):
        assert accounted(found)
        assert all(each.name and each.kind is not Kind.UNKNOWN for each in found.titles)
    assert accounted(resolve(known, merge(known, seen)))


def test_a_merge_adds_and_changes_nothing_else():
    known = snapshot(read(replace(title(1), kind=Kind.SERIES, name="A Series"), title(2)))
    both = merge(known, read(replace(title(1), kind=Kind.UNKNOWN, name=""), title(7)))
    assert both.titles[:2] == known.titles
    assert [(each.id, each.position) for each in both.titles[2:]] == [("tt0000007", 3)]
    assert accounted(both)
