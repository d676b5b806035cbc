"""Ages and cache times."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st

from builders import reading, snapshot
from catalog_samples import NOW
from watchsync.catalog.freshness import Freshness, cache_times, freshness, lifetime

HALF_A_DAY = timedelta(hours=12)


def test_a_snapshot_is_fresh_until_its_greatest_age():
    assert freshness(None, NOW, HALF_A_DAY) is Freshness.ABSENT
    assert freshness(NOW, NOW, HALF_A_DAY) is Freshness.FRESH
    assert freshness(NOW, NOW + HALF_A_DAY - timedelta(seconds=1), HALF_A_DAY) is Freshness.FRESH
    assert freshness(NOW, NOW + HALF_A_DAY, HALF_A_DAY) is Freshness.STALE
    assert freshness(NOW + timedelta(minutes=1), NOW, HALF_A_DAY) is Freshness.FRESH


@given(st.integers(-100, 200_000), st.integers(1, 100_000))
def test_an_answer_is_never_kept_longer_than_its_snapshot_is_fresh(age_seconds: int, max_age_seconds: int):
    max_age = timedelta(seconds=max_age_seconds)
    times = cache_times(NOW, NOW + timedelta(seconds=age_seconds), max_age)
    if age_seconds < max_age_seconds:
        assert 0 <= times.max_age <= max_age_seconds - max(age_seconds, 0)
    else:
        assert times.max_age <= 30


def test_times_stand_still_while_a_snapshot_is_young_so_that_bytes_can_be_reused():
    early, later = (cache_times(NOW, NOW + timedelta(hours=hours), HALF_A_DAY) for hours in (0, 11))
    assert early == later
    assert early.header == "max-age=900, stale-while-revalidate=43200, stale-if-error=604800, public"
    assert cache_times(NOW, NOW + HALF_A_DAY - timedelta(seconds=95), HALF_A_DAY).max_age == 90


def test_a_snapshot_to_which_posters_are_owed_is_soon_stale():
    whole = snapshot(reading(3))
    assert lifetime(whole, HALF_A_DAY) == HALF_A_DAY
    assert lifetime(replace(whole, unenriched=("tt0000001",)), HALF_A_DAY) == timedelta(minutes=15)
