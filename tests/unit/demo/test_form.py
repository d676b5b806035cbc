"""What a page of the stand-in IMDb has in common with one of the site in August 2026."""

import re

import pytest

from demo_pages import page
from watchsync.demo.cursors import cursor, place_of
from watchsync.demo.lists import invented
from watchsync.demo.states import Show, Size

LIST, LONG, WATCHLIST = "ur10000250", "ls000012000", "ur10001179"
READABLE = [show for show in Show if show not in {Show.OLD_FORM, Show.DOM_ONLY, Show.GONE_DARK, Show.TRUNCATED}]
WORDINGS = (
    "The creator of this list has not enabled public viewing",
    "This list is empty.",
    "This item does not exist and should be removed",
    "Human Verification",
    "404 Error",
    "Sign in to continue",
    "verify that you're not a robot",
)


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("show", [Show.OK, Show.PRIVATE, Show.EMPTY, Show.PEOPLE, Show.DRIFTED])
def test_every_page_says_the_wording_of_every_state_among_its_texts(show, wording):
    assert wording in page(LIST, show).text


@pytest.mark.parametrize("wording", WORDINGS)
def test_of_a_good_page_nobody_sees_these_wordings(wording):
    assert not any(wording in seen for seen in page(LIST).visible())


@pytest.mark.parametrize(
    ("show", "selector", "wording"),
    [
        (Show.PRIVATE, "[data-testid=list-page-mc-private-list-content]", WORDINGS[0]),
        (Show.EMPTY, "section", WORDINGS[1]),
    ],
)
def test_what_is_so_is_visible(show, selector, wording):
    (seen,) = page(LIST, show).visible(selector)
    assert wording in seen


def test_a_page_of_250_rows_weighs_as_much_as_the_real_one():
    html = page(LONG, size=Size.FULL).html
    assert 1_850_000 < len(html) < 1_950_000
    texts = re.search(r'"resources":(\{[^}]*?\}|\{.*?\})\},"aboveTheFoldData"', html, re.DOTALL)
    assert 480_000 < len(texts[1]) < 500_000


def test_a_page_with_all_rows_shown_weighs_4_mb():
    html = page(LONG, Show.ALL_SHOWN, size=Size.FULL).html
    assert 3_900_000 < len(html) < 4_150_000
    assert html.count("<h4") == 250


def test_a_small_page_has_the_same_form_and_a_tenth_of_the_weight():
    small, full = page("ur30000025"), page("ur30000025", size=Size.FULL)
    assert len(small.html) < 120_000
    assert len(full.html) > 1_000_000
    assert small.props.keys() == full.props.keys()
    assert small.edges[0].keys() == full.edges[0].keys()
    assert small.row_ids == full.row_ids


def test_the_page_says_what_pages_say_since_2026():
    seen = page(WATCHLIST, number=2)
    props = seen.props
    assert (props["totalItems"], props["totalPossibleItems"], props["initialPageNumber"]) == (1179, 1179, 2)
    assert props["listType"] == seen.holder["listType"] == {"id": "TITLES"}
    assert props["initialSortProps"] == {"sortBy": "LIST_ORDER", "sortOrder": "ASC"}
    assert props["initialFilterProps"]["facetFields"]
    assert props["aboveTheFoldData"]["visibility"] == {"id": "PUBLIC"}
    assert props["aboveTheFoldData"]["authorProfileId"] == "p.demo0000000000000000001179"
    assert seen.data["page"] == "/user/[userConst]/watchlist"
    assert page(LONG).data["page"] == "/list/[lsConst]"


def test_each_object_of_a_row_names_its_type():
    for edge in page(LIST).edges:
        waiting = [edge]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                assert "__typename" in value
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value


def test_a_row_has_its_runtime_twice_and_its_credits_in_the_second_form():
    for edge in page(LIST).edges:
        item = edge["listItem"]
        assert item["originalRuntime"] == item["runtime"]
        assert item["principalCreditsV2"]
        assert "principalCredits" not in item


@pytest.mark.parametrize("end", [0, 1, 250, 12_000, 23_750])
def test_a_cursor_is_long_and_leads_on(end):
    assert 400 <= len(cursor(end)) <= 900
    assert place_of(cursor(end)) == end


@pytest.mark.parametrize("stranger", ["x", "eyJl", "=", "é"])
def test_a_strange_cursor_is_none_of_ours(stranger):
    assert place_of(stranger) is None


def test_the_rows_are_headings_of_the_fourth_order_with_bare_facts_below():
    seen = page(LIST)
    assert seen.row_ids == [row.title_id for row in invented(LIST)[:25]]
    assert len(seen.visible("h4.ipc-title__text")) == 25
    assert seen.visible("h3, .dli-title-metadata-item") == []
    first, row = seen.visible(".dli-title-metadata")[0], invented(LIST)[0]
    assert str(row.year) in first
    assert seen.visible(".dli-title-metadata li.ipc-inline-list__item")


def test_the_line_above_the_rows_says_which_they_are_and_not_of_what():
    selector = "[data-testid=list-page-mc-total-items]"
    assert page(WATCHLIST).visible(selector) == ["1-250 of 1,179"]
    assert page(WATCHLIST, number=5).visible(selector) == ["1,001-1,179 of 1,179"]


@pytest.mark.parametrize("show", READABLE)
def test_no_page_holds_a_script_that_ends_too_early(show):
    seen = page(LIST, show)
    assert seen.data is not None
    assert seen.html.endswith("</body></html>")


def test_every_page_asks_to_sign_in():
    (link,) = page(WATCHLIST).markup.css('a[href^="/registration/signin"]')
    assert link.attributes["href"] == "/registration/signin/?u=%2Fuser%2Fp.demo0000000000000000001179%2Fwatchlist%2F"


def test_the_old_form_is_as_it_was():
    seen = page(LIST, Show.OLD_FORM)
    assert seen.visible("[data-testid=list-page-mc-total-items]") == ["250 titles"]
    assert len(seen.visible("h3.ipc-title__text")) == 25
    assert seen.visible(".dli-title-metadata-item")
    assert "translationContext" not in seen.props
    assert seen.props["aboveTheFoldData"]["visibility"] == "PUBLIC"
    assert "__typename" not in seen.text
    assert any("principalCredits" in (edge.get("listItem") or edge["node"]["listItem"]) for edge in seen.edges)
