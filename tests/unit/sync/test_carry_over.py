"""What is remembered across syncs."""

from dataclasses import replace

from builders import EARLIER, NOW, reading, snapshot, title
from watchsync.sync.carry_over import carry_over


def known(*titles):
    return snapshot(replace(reading(0), titles=titles))


def test_the_pages_own_date_counts():
    (seen,) = carry_over(known(title(1, added_at=NOW)), [title(1, added_at=EARLIER)], NOW)
    assert seen.added_at == EARLIER


def test_without_a_date_the_first_time_seen_is_kept():
    (first,) = carry_over(known(), [title(1)], EARLIER)
    (second,) = carry_over(known(first), [title(1)], NOW)
    assert (first.added_at, second.added_at) == (EARLIER, EARLIER)


def test_at_the_first_sync_nobody_knows_when_an_undated_title_was_added():
    (first,) = carry_over(None, [title(1)], EARLIER)
    (second,) = carry_over(known(first), [title(1)], NOW)
    assert (first.added_at, second.added_at) == (None, None)


def test_a_new_title_was_first_seen_now():
    titles = carry_over(known(title(1, added_at=EARLIER)), [title(1), title(2)], NOW)
    assert [each.added_at for each in titles] == [EARLIER, NOW]


def test_a_poster_that_was_known_is_kept():
    before = title(1, tmdb_id=7, tmdb_poster="/a.jpg", popularity=3.5)
    (seen,) = carry_over(known(before), [title(1)], NOW)
    assert (seen.tmdb_id, seen.tmdb_poster, seen.popularity) == (7, "/a.jpg", 3.5)


def test_what_the_list_says_now_wins_over_what_it_said():
    (seen,) = carry_over(known(replace(title(1), name="Old")), [replace(title(1), name="New")], NOW)
    assert seen.name == "New"
