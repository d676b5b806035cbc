"""When a look at the first page will do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import EARLIER, reading, snapshot
from watchsync.sync.change import is_unchanged, may_glance

KNOWN = replace(reading(600), modified_at=EARLIER, first_page="abc")
HOUR = timedelta(hours=1)


def test_a_list_that_was_read_in_full_today_may_be_glanced_at():
    assert may_glance(snapshot(KNOWN), EARLIER + 23 * HOUR)
    assert not may_glance(snapshot(KNOWN), EARLIER + 24 * HOUR)


def test_looking_in_between_does_not_put_the_full_read_off():
    looked_at = replace(snapshot(KNOWN), fetched_at=EARLIER + 23 * HOUR, read_in_full_at=EARLIER)
    assert not may_glance(looked_at, EARLIER + 24 * HOUR)


@pytest.mark.parametrize("lack", [{"modified_at": None}, {"first_page": None}, {"rows": 599}, {"total": None}])
def test_what_is_known_must_be_whole_and_comparable(lack):
    assert not may_glance(snapshot(replace(KNOWN, **lack)), EARLIER + HOUR)


def test_a_first_page_as_it_was_says_that_nothing_changed():
    assert is_unchanged(KNOWN, replace(KNOWN, titles=(), rows=250))


@pytest.mark.parametrize("news", [{"modified_at": EARLIER + HOUR}, {"total": 601}, {"first_page": "abd"}])
def test_any_difference_is_a_change(news):
    assert not is_unchanged(KNOWN, replace(KNOWN, **news))
