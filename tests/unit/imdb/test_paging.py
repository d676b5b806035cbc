"""All pages of a list together: to the true end, each title once, every row accounted for."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings, strategies as st

from imdb_pages import REF, edge, page
from watchsync.imdb.paging import ListPages
from watchsync.refs import ListRef
from watchsync.titles import Kind

EPISODE_OF_9 = {"series": {"id": "tt0000009", "titleText": {"text": "The Series"}}}


def walked(*pages):
    collected = ListPages(REF, "page")
    for each in pages:
        collected.add(each)
    return collected


def accounted(reading):
    left_out = sum(reading.left_out.values())
    return len(reading.titles) + reading.duplicates + reading.folded + left_out == reading.rows


def test_pages_are_asked_for_until_the_last_says_so():
    pages = ListPages(REF, "page")
    assert pages.next_page == 1
    pages.add(page([edge(number) for number in range(1, 251)], total=300, has_next=True))
    assert pages.next_page == 2
    pages.add(page([edge(number) for number in range(251, 301)], total=300, has_next=False))
    assert pages.next_page is None
    assert pages.reading().is_whole


def test_a_page_without_a_new_row_ends_the_walk():
    first = page([edge(1), edge(2)], total=9, has_next=True)
    pages = walked(first, first)
    assert pages.next_page is None
    assert (pages.reading().rows, pages.reading().is_whole) == (2, False)


def test_the_longest_list_is_walked_to_its_end_and_no_further():
    pages = ListPages(REF, "page")
    while (number := pages.next_page) is not None:
        first = (number - 1) * 250 + 1
        pages.add(page([edge(place) for place in range(first, first + 250)], total=10**6, has_next=True))
    assert pages.rows == 25_000
    assert pages.reading().bound == 25_000


def test_a_list_that_ends_at_the_bound_names_none():
    pages = walked(page([edge(1)], total=1))
    assert pages.reading().bound is None


def test_rows_that_cannot_be_read_are_counted_and_cost_no_other():
    reading = walked(page([None, edge(1), {"node": {}, "listItem": None}, {}, edge(2), 7], total=6)).reading()
    assert [title.id for title in reading.titles] == ["tt0000001", "tt0000002"]
    assert (reading.rows, reading.left_out) == (6, {"unknown": 4})
    assert reading.is_whole


def test_a_page_that_repeats_an_earlier_one_adds_nothing_whatever_rows_it_holds():
    pages = walked(page([edge(1), None], total=9, has_next=True), page([edge(1), None], total=9, has_next=True))
    assert (pages.rows, pages.next_page, pages.is_short) == (2, None, True)
    assert not pages.reading().is_whole


def test_other_ids_of_a_users_list_are_noted_and_never_those_of_its_owner_for_a_list():
    above = {"authorId": "ur00000123", "authorProfileId": "p.abc", "listId": "ls000000456"}
    named = page([edge(1)], aboveTheFoldData=above)
    for text, aliases in (
        ("ur00000123", ("p.abc", "ls000000456")),
        ("ur00000123-ratings", ("p.abc",)),
        ("ls000000456", ()),
    ):
        pages = ListPages(ListRef.parse(text), "page")
        pages.add(named)
        assert pages.reading().aliases == aliases


def test_ratings_are_read_newest_first():
    pages = ListPages(ListRef.parse("ur1-ratings"), "page")
    pages.add(page([edge(1)]))
    assert pages.reading().order == "newest"
    assert walked(page([edge(1)])).reading().order == "list"


def test_a_title_that_stands_twice_is_one_title_with_its_newest_date():
    old, new = edge(1, position=1), edge(1, position=2)
    new["node"]["createdDate"] = "2020-01-01T00:00:00.000Z"
    reading = walked(page([old, new])).reading()
    (title,) = reading.titles
    assert (title.position, title.added_at, reading.duplicates) == (1, datetime(2020, 1, 1, tzinfo=UTC), 1)


def test_episodes_become_their_series_once():
    rows = [edge(1, "tvEpisode", series=EPISODE_OF_9), edge(2, "tvEpisode", series=EPISODE_OF_9)]
    reading = walked(page(rows)).reading()
    (title,) = reading.titles
    assert (title.id, title.kind, title.name, reading.folded) == ("tt0000009", Kind.SERIES, "The Series", 1)


def test_a_series_own_row_tells_more_than_its_episodes():
    rows = [edge(1, "tvEpisode", series=EPISODE_OF_9), edge(9, "tvSeries", releaseYear={"year": 2008})]
    for order in (rows, rows[::-1]):
        reading = walked(page(order)).reading()
        (title,) = reading.titles
        assert (title.name, title.year, title.position, reading.folded) == ("Title 9", 2008, 1, 1)
        assert accounted(reading)


def test_what_stremio_cannot_play_is_counted_by_type():
    rows = [edge(1, "videoGame"), edge(2, "musicVideo"), edge(3, "tvEpisode"), edge(4), {"node": {}, "listItem": {}}]
    reading = walked(page(rows)).reading()
    assert reading.left_out == {"videoGame": 1, "musicVideo": 1, "tvEpisode": 1, "unknown": 1}
    assert [title.id for title in reading.titles] == ["tt0000004"]


def test_positions_are_counted_through_the_whole_list():
    pages = walked(page([edge(1), edge(2)], total=3, has_next=True), page([edge(3)], total=3))
    assert [title.position for title in pages.reading().titles] == [1, 2, 3]


KINDS = st.sampled_from(["movie", "tvSeries", "tvEpisode", "videoGame", "odd", "short"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), KINDS, st.booleans()), max_size=40))
def test_every_row_is_accounted_for_and_every_title_stands_once(drawn):
    rows = [
        edge(number, kind, position=place, **({"series": EPISODE_OF_9} if has_series else {}))
        for place, (number, kind, has_series) in enumerate(drawn, start=1)
    ]
    reading = walked(page(rows)).reading()
    ids = [title.id for title in reading.titles]
    assert accounted(reading)
    assert len(ids) == len(set(ids))
    assert reading.rows == len(drawn)


def test_the_last_page_may_hold_nothing_but_a_row_that_is_gone():
    pages = walked(page([edge(number) for number in range(1, 251)], total=251, has_next=True), page([None], total=251))
    assert (pages.rows, pages.next_page) == (251, None)
    assert pages.reading().is_whole
    assert pages.reading().left_out == {"unknown": 1}


def test_rows_that_nothing_tells_apart_are_not_new_beyond_the_total():
    pages = walked(page([edge(1)], total=2, has_next=True), page([None, None], total=2))
    assert pages.rows == 1


def test_a_page_of_another_form_that_repeats_an_earlier_one_adds_nothing():
    first = page([edge(1), edge(2)], total=4, has_next=True)
    rows = tuple(replace(row, key=row.title.id) for row in first.rows)
    for one, other in ((first, replace(first, form="dom", rows=rows)), (replace(first, form="dom", rows=rows), first)):
        pages = walked(one, other)
        assert (pages.rows, pages.next_page, pages.is_short) == (2, None, True)


def test_the_bound_is_as_many_rows_as_were_read():
    pages = ListPages(REF, "page")
    while (number := pages.next_page) is not None:
        shown = page([edge(place) for place in range(number * 25, number * 25 + 25)], total=30_000, has_next=True)
        pages.add(replace(shown, form="dom"))
    assert pages.reading().bound == pages.rows == 2_500


def test_a_total_of_fewer_rows_than_a_page_shows_is_none():
    pages = walked(page([edge(number) for number in range(1, 251)], total=25, has_next=True))
    assert (pages.total, pages.next_page) == (None, 2)
    pages.add(page([edge(number) for number in range(251, 301)], total=25, has_next=False))
    reading = pages.reading()
    assert (reading.rows, reading.total, reading.is_whole) == (300, None, False)
