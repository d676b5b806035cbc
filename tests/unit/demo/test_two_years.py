"""Whether two invented years change as a real list did."""

from itertools import pairwise

import two_years
from two_years import versions


def counted():
    """What differs between each two versions in a row, those that were cut off left out."""
    totals = dict.fromkeys(("added", "removed", "year", "name", "rating", "type_id"), 0)
    whole = [{row.title_id: row for row in version.rows} for version in versions() if not version.is_cut]
    for before, after in pairwise(whole):
        totals["added"] += len(after.keys() - before.keys())
        totals["removed"] += len(before.keys() - after.keys())
        for title_id in after.keys() & before.keys():
            for fact in ("year", "name", "rating", "type_id"):
                totals[fact] += getattr(before[title_id], fact) != getattr(after[title_id], fact)
    return totals


def test_as_much_changes_as_in_the_real_list():
    assert counted() == {"added": 600, "removed": 640, "year": 267, "name": 105, "rating": 5_686, "type_id": 8}


def test_the_list_is_as_long_as_the_real_one():
    sizes = [len(version.rows) for version in versions() if not version.is_cut]
    assert (min(sizes), max(sizes)) == (171, 253)


def test_it_goes_on_for_two_years_in_order():
    moments = [version.at for version in versions()]
    assert moments == sorted(set(moments))
    assert (moments[-1] - moments[0]).days == 730
    assert 60 <= len(moments) <= 100


def test_once_it_is_cut_off_and_whole_again_at_the_next_reading():
    (cut,) = [place for place, version in enumerate(versions()) if version.is_cut]
    before, broken, after = versions()[cut - 1 : cut + 2]
    assert (len(before.rows), len(broken.rows)) == (203, 47)
    assert broken.rows == before.rows[:47]
    assert after.rows == before.rows


def test_a_title_stands_in_a_version_once():
    for version in versions():
        assert len({row.title_id for row in version.rows}) == len(version.rows)


def test_ratings_stay_ratings():
    ratings = [row.rating for version in versions() for row in version.rows if row.rating is not None]
    assert 1 <= min(ratings) <= max(ratings) <= 10


def test_it_is_always_the_same():
    first = versions()
    two_years.versions.cache_clear()
    assert versions() == first
