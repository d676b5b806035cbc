"""What the stand-in shows of a list in each state."""

import json

import pytest

from demo_pages import page
from watchsync.demo import wounds
from watchsync.demo.lists import invented
from watchsync.demo.states import FROM_THE_START, Show

LIST, LONG, RATINGS = "ur10000250", "ur20000010", "ur30013000-ratings"
TOTAL_LINE = "[data-testid=list-page-mc-total-items]"


def walked(slug, show, pages, **more):
    """Ids of all pages, in order."""
    return [title_id for number in range(1, pages + 1) for title_id in page(slug, show, number, **more).ids]


def truth(slug):
    return [row.title_id for row in invented(slug)]


def test_each_state_of_a_list_has_an_id_of_its_own():
    switched = {Show.OK, Show.SHRUNK, Show.EDITED, *list(Show)[list(Show).index(Show.HUGE) :]}
    hostile = {show for show in switched if list(Show).index(show) >= list(Show).index(Show.HUGE)}
    assert set(Show) - hostile - set(FROM_THE_START.values()) == {Show.OK, Show.SHRUNK, Show.EDITED}


def test_a_private_list_says_so_in_a_field_and_shows_nothing():
    seen = page(LIST, Show.PRIVATE)
    assert seen.props["showPrivateListMessaging"] is True
    assert (seen.container["total"], seen.edges, seen.row_ids, seen.ld_ids) == (0, [], [], [])
    assert page(LIST).props["showPrivateListMessaging"] is False


def test_an_empty_list_is_a_total_of_none():
    seen = page(LIST, Show.EMPTY)
    assert (seen.container["total"], seen.edges, seen.row_ids) == (0, [], [])


def test_a_list_of_people_holds_names():
    seen = page("ls020000001", Show.PEOPLE)
    assert seen.props["listType"] == seen.holder["listType"] == {"id": "PEOPLE"}
    assert len(seen.holder["nameListItemSearch"]["edges"]) == 40
    assert "titleListItemSearch" not in seen.holder
    assert all(each.startswith("nm") for each in seen.row_ids)
    assert len(seen.row_ids) == 25


def test_a_list_of_images_holds_images():
    seen = page("ls020000002", Show.IMAGES)
    assert seen.props["listType"] == {"id": "IMAGES"}
    assert len(seen.holder["imageItems"]["edges"]) == 40
    assert seen.row_ids == []


def test_a_consent_dialog_hides_nothing():
    seen = page(LIST, Show.CONSENT)
    assert seen.markup.css("button[data-testid=accept-button]")
    assert len(seen.edges) == 250


def whole(edge):
    return edge is not None and isinstance((edge.get("listItem") or {}).get("titleText", {}).get("text"), str)


LOOKS = {
    Show.NULL_EDGE: lambda edge: edge is None,
    Show.NULL_ITEM: lambda edge: edge["node"]["itemId"] and edge["listItem"] is None,
    Show.NO_ITEM: lambda edge: edge["node"]["itemId"] and "listItem" not in edge,
    Show.ID_ONLY: lambda edge: list(edge["listItem"]) == ["id"],
    Show.HALF_PAIR: lambda edge: edge["listItem"]["plot"]["plotText"]["plainText"].endswith("\ud83d"),
    Show.NUMBER_FOR_TEXT: lambda edge: edge["listItem"]["titleText"]["text"] == 2012,
    Show.UNKNOWN_TYPE: lambda edge: edge["listItem"]["titleType"]["id"] == "hologram",
}


@pytest.mark.parametrize("show", LOOKS)
def test_a_wounded_list_has_a_broken_row_in_ten_and_is_well_otherwise(show):
    seen = page(LIST, show)
    assert (len(seen.edges), seen.container["total"]) == (250, 250)
    for place, edge in enumerate(seen.edges, start=1):
        if wounds.is_wounded(place):
            assert LOOKS[show](edge)
        else:
            assert edge["listItem"]["id"] == invented(LIST)[place - 1].title_id
            assert whole(edge)
    assert sum(map(wounds.is_wounded, range(1, 251))) == 25


def test_all_wounds_can_be_in_one_list():
    broken = [edge for place, edge in enumerate(page(LIST, Show.WOUNDED).edges, 1) if wounds.is_wounded(place)]
    found = {show for show, look in LOOKS.items() for edge in broken if _looks(look, edge)}
    assert found == set(LOOKS)


def _looks(look, edge):
    try:
        return bool(look(edge))
    except (AttributeError, KeyError, TypeError):
        return False


def test_half_a_pair_is_an_escape_that_strict_readers_refuse():
    text = page(LIST, Show.HALF_PAIR).text
    assert text.count("\\ud83d") == 25
    with pytest.raises(UnicodeEncodeError):
        json.dumps(json.loads(text), ensure_ascii=False).encode()


def test_a_lost_row_says_so_where_it_stands():
    seen = page(LIST, Show.NULL_ITEM)
    rows = seen.visible("li.ipc-metadata-list-summary-item")
    gone = [place for place, row in enumerate(rows, start=1) if "does not exist and should be removed" in row]
    assert gone == [5, 15, 25]
    assert len(seen.ld_ids) == 225


@pytest.mark.parametrize(
    ("show", "has_ld", "has_rows"),
    [
        (Show.DRIFTED, True, True),
        (Show.DRIFTED_ROWS, False, True),
        (Show.DRIFTED_LD, True, False),
        (Show.DRIFTED_CLAMPED, True, True),
    ],
)
def test_a_page_that_drifted_has_json_of_another_shape(show, has_ld, has_rows):
    seen = page(LIST, show)
    assert "props" not in seen.data
    assert (seen.ld_ids == truth(LIST), bool(seen.ld_ids)) == (has_ld, has_ld)
    assert (seen.row_ids == truth(LIST)[:25], bool(seen.row_ids)) == (has_rows, has_rows)


def test_a_page_without_json_has_its_rows():
    seen = page(LIST, Show.DOM_ONLY)
    assert (seen.data, seen.ld_ids, seen.row_ids) == (None, [], truth(LIST)[:25])


def test_a_page_gone_dark_has_nothing():
    seen = page(LIST, Show.GONE_DARK)
    assert (seen.data, seen.ld_ids, seen.row_ids) == (None, [], [])


def test_a_cut_page_ends_within_its_json():
    seen = page(LIST, Show.TRUNCATED)
    assert seen.data is None
    assert '"translationContext"' in seen.html
    assert len(seen.html) < 0.75 * len(page(LIST).html)
    assert seen.ld_ids == truth(LIST)


def test_past_the_end_is_the_first_page_and_where_it_is_clamped_the_last():
    assert page(LONG, Show.OK, 9).ids == page(LONG, Show.OK, 1).ids
    assert page(LONG, Show.DRIFTED_CLAMPED, 9).ld_ids == truth(LONG)[500:]


def test_a_settled_list_says_two_more_than_it_has_for_good():
    first, second = page("ur20000035", Show.SETTLED), page("ur20000035", Show.SETTLED, 2)
    assert (first.container["total"], first.props["totalItems"]) == (300, 300)
    assert len(first.ids) + len(second.ids) == 298
    assert second.container["pageInfo"]["hasNextPage"] is False


def test_a_resized_list_is_short_by_another_number_at_each_reading():
    short = []
    for reading in (1, 2, 3):
        total = page("ur20000036", Show.RESIZED, reading=reading).container["total"]
        short.append((total, total - len(walked("ur20000036", Show.RESIZED, 3, reading=reading))))
    assert short == [(601, 4), (602, 6), (603, 8)]


def test_a_shifting_list_loses_three_rows_behind_its_first_page():
    slug = "ur20000037"
    assert [page(slug, Show.SHIFTING, number).container["total"] for number in (1, 2, 3)] == [600, 597, 597]
    assert walked(slug, Show.SHIFTING, 3) == truth(slug)[:250] + truth(slug)[253:]


def test_a_list_may_hold_each_title_twice():
    assert walked("ur20000033", Show.DUPLICATES, 3) == [*truth("ur20000033"), *truth("ur20000033")]
    items = [edge["node"]["itemId"] for edge in page("ur20000033", Show.DUPLICATES).edges]
    assert len(set(items)) == len(items)


def test_a_list_may_have_no_dates():
    assert not any("createdDate" in edge["node"] for edge in page(LIST, Show.NO_DATES).edges)


def test_a_partial_list_ends_early_against_its_total():
    seen = page(LONG, Show.PARTIAL, 2)
    assert (len(seen.edges), seen.container["total"]) == (40, 600)
    assert seen.container["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("sort", "order"),
    [("", 1), ("list_order,asc", 1), ("list_order,desc", -1), ("date_added,desc", -1), ("nonsense,asc", 1), ("a", 1)],
)
def test_a_list_is_sorted_as_asked(sort, order):
    seen = page(LIST, sort=sort)
    assert seen.ids == truth(LIST)[::order]
    assert [edge["node"]["absolutePosition"] for edge in seen.edges] == list(range(1, 251))[::order]


def test_a_row_of_ratings_is_the_title_and_nothing_else():
    seen = page(RATINGS)
    assert all(set(edge) == {"__typename", "node"} for edge in seen.edges)
    assert all(set(edge["node"]) == {"__typename", "title"} for edge in seen.edges)
    assert seen.props["initialSortProps"] == {"sortBy": "SINGLE_USER_RATING_DATE", "sortOrder": "DESC"}
    assert seen.data["page"] == "/user/[userConst]/ratings"


@pytest.mark.parametrize(
    ("sort", "order"), [("", -1), ("date_added,desc", -1), ("date_added,asc", 1), ("list_order,asc", -1)]
)
def test_ratings_know_no_list_order(sort, order):
    first = truth(RATINGS)[::order][:250]
    assert [edge["node"]["title"]["id"] for edge in page(RATINGS, sort=sort).edges] == first


def test_the_day_of_a_rating_is_in_the_row_alone():
    seen = page(RATINGS)
    newest = invented(RATINGS)[-1].added
    assert seen.visible(".dli-user-list-item-date-added")[0] == f"Rated on {newest:%b} {newest.day}, {newest.year}"
    assert "createdDate" not in seen.text


@pytest.mark.parametrize(("slug", "rows"), [("ur30013000-ratings", 13_000), ("ur30024000-ratings", 24_000)])
def test_ratings_may_be_more_than_any_list_holds(slug, rows):
    last = page(slug, number=rows // 250)
    assert last.container["total"] == rows
    assert last.visible(TOTAL_LINE) == [f"{rows - 249:,}-{rows:,} of {rows:,}"]
    assert last.container["pageInfo"]["hasNextPage"] is False


def test_wounds_of_ratings_are_the_same():
    edges = page("ur30000123-ratings", Show.WOUNDED).edges
    assert len(edges) == 123
    assert any(edge is None for edge in edges)
    assert any(edge is not None and edge["node"].get("title", 0) is None for edge in edges)
