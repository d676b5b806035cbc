"""What is read of a page inside the browser: the healthy rows of a wounded page, and of every form the best."""

import copy
import json
from importlib import resources

import orjson
import pytest
from playwright.async_api import async_playwright

import light_browser
from imdb_pages import REF, capture, edge, next_data
from watchsync.errors import NotTitles, PageDrifted, WatchsyncError
from watchsync.imdb.page import ListPage, read_page

CAPTURE = (resources.files("watchsync.imdb") / "capture.js").read_text()
ROW = (
    '<li class="ipc-metadata-list-summary-item"><a class="ipc-title-link-wrapper" href="/title/tt000000{0}/">'
    '<h4 class="ipc-title__text">{0}. Title {0}</h4></a></li>'
)
ROWS = '<div data-testid="list-page-mc-total-items">1-3 of 3</div><ul>' + "".join(map(ROW.format, "123")) + "</ul>"
TEXTS = {
    "a": "The creator of this list has not enabled public viewing",
    "b": "This list is empty.",
    "c": "Human Verification",
}
NESTED = '"(nested)"'
"""Stands for arrays deeper than strict parsers go, which no writer of JSON here would write."""
BROKEN = [None, 7, 10**400, "", "\ud83d", "x" * 300_000, "(nested)", [], {}, [[[]]], {"id": {"id": []}}, True]


def html_of(data: object) -> str:
    text = json.dumps(data).replace("</", "<\\/").replace(NESTED, "[" * 1_500 + "]" * 1_500)
    return f'<html><body>{ROWS}<script id="__NEXT_DATA__" type="application/json">{text}</script></body></html>'


def page_data(edges: list) -> dict:
    data = next_data(edges, total=3, totalItems=3, listType={"id": "TITLES"}, showPrivateListMessaging=False)
    data["props"]["pageProps"]["translationContext"] = {"i18n": {"resources": TEXTS}}
    return data


def places(value: object, at: tuple = ()):
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from places(each, (*at, name))


def wounded(value: dict, place: tuple, broken: object) -> dict:
    changed = copy.deepcopy(value)
    *way, last = place
    holder = changed
    for name in way:
        holder = holder[name]
    holder[last] = broken
    return changed


@pytest.fixture
async def read():
    """Read many pages as the browser does: each as the source of a fetched page."""
    async with async_playwright() as playwright:
        binary = light_browser.program()
        browser = await playwright.chromium.launch(executable_path=binary, chromium_sandbox=False)
        page = await browser.new_page()

        async def captured(sources: list[str]) -> list[ListPage | WatchsyncError]:
            texts = await page.evaluate(f"(sources) => sources.map({CAPTURE})", sources)
            return [understood(text) for text in texts]

        yield captured
        await browser.close()


def understood(text: str) -> ListPage | WatchsyncError:
    is_html = text.startswith("<")
    if not is_html:
        orjson.loads(text)  # strictly well-formed
    try:
        return read_page(capture(None if is_html else text, html=text if is_html else None), REF)
    except WatchsyncError as error:
        return error


async def test_one_broken_value_in_an_edge_costs_no_other_row(read):
    full = edge(2, plot={"plotText": {"plainText": "p"}}, releaseYear={"year": 2001, "endYear": None})
    cases = [(place, broken) for place in places(full) for broken in BROKEN]
    pages = await read([html_of(page_data([edge(1), wounded(full, *case), edge(3)])) for case in cases])
    pages += await read([html_of(page_data([edge(1), broken, edge(3)])) for broken in BROKEN])
    for case, page in zip([*cases, *BROKEN], pages, strict=True):
        assert isinstance(page, ListPage), case
        assert (page.form, len(page.rows)) == ("json", 3), case
        assert [row.title.name for row in (page.rows[0], page.rows[2])] == ["Title 1", "Title 3"], case


async def test_one_broken_value_outside_of_the_edges_gives_the_same_rows_and_never_another_state(read):
    data = page_data([edge(1), edge(2), edge(3)])
    cases = [
        (place, broken) for place in places(data) if "edges" not in place or place[-1] == "edges" for broken in BROKEN
    ]
    pages = await read([html_of(wounded(data, *case)) for case in cases])
    for case, page in zip(cases, pages, strict=True):
        assert isinstance(page, ListPage), (case, page)
        assert [row.title.id for row in page.rows] == ["tt0000001", "tt0000002", "tt0000003"], case


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"showPrivateListMessaging": True}, "private"),
        ({"listType": {"id": "PEOPLE"}}, "not-titles"),
        ({"listType": {"id": "IMAGES"}}, "not-titles"),
        ({"listType": {"id": "TITLES"}}, "drifted"),
    ],
)
async def test_a_state_is_told_by_a_field_and_not_by_the_texts_of_all_states(read, facts, code):
    data = page_data([])
    props = data["props"]["pageProps"]
    props |= {"mainColumnData": {"list": {"nameListItemSearch": {"edges": []}}}, **facts}
    source = html_of(data).replace(ROWS, "")
    (page,) = await read([source])
    assert isinstance(page, WatchsyncError)
    assert page.code == code


async def test_days_of_ratings_are_read_beside_the_edges(read):
    data = next_data([{"node": {"title": edge(1)["listItem"]}}], where="ratings")
    row = ROW.format("1").replace("<a ", '<div class="dli-user-list-item-date-added">Rated on Aug 24, 2026</div><a ')
    (page,) = await read([html_of(data).replace(ROWS, row)])
    assert page.rows[0].title.added_at.isoformat() == "2026-08-24T00:00:00+00:00"


async def test_the_day_of_a_rating_belongs_to_the_row_that_it_stands_in(read):
    data = next_data([{"node": {"title": edge(number)["listItem"]}} for number in (1, 2)], where="ratings")
    days = {"1": "Aug 24, 2026", "2": "Aug 23, 2026"}
    shown = "".join(
        ROW.format(number).replace("</li>", f'<div class="dli-user-list-item-date-added">Rated on {day}</div></li>')
        for number, day in days.items()
    )
    (page,) = await read([html_of(data).replace(ROWS, shown)])
    assert [row.title.added_at.day for row in page.rows] == [24, 23]


GONE = [None, {"node": {"itemId": "li9"}, "listItem": None}, {"node": {"itemId": "li9"}}, {"node": {"title": None}}]


@pytest.mark.parametrize("gone", GONE, ids=str)
async def test_a_page_whose_few_rows_are_all_of_titles_that_are_gone_is_read(read, gone):
    (page,) = await read([html_of(page_data([gone, gone])).replace(ROWS, "")])
    assert isinstance(page, ListPage), page
    assert (page.form, page.total, [row.title for row in page.rows]) == ("json", 3, [None, None])


@pytest.mark.parametrize("edges", [[None, None], [None] * 6, [{"entity": {"tconst": "tt0000001"}}], [7]])
async def test_rows_that_the_page_shows_count_more_than_edges_without_a_title(read, edges):
    (page,) = await read([html_of(page_data(edges))])
    assert isinstance(page, ListPage), page
    assert (page.form, len(page.rows)) == ("dom", 3)


@pytest.mark.parametrize("edges", [[None] * 6, [{"entity": {"tconst": "tt0000001"}}], [7]])
async def test_edges_of_an_unknown_shape_are_not_taken_for_titles_that_are_gone(read, edges):
    (page,) = await read([html_of(page_data(edges)).replace(ROWS, "")])
    assert isinstance(page, PageDrifted)


@pytest.mark.parametrize(("name", "what"), [("nameListItemSearch", "people"), ("imageItems", "images")])
async def test_a_list_of_something_else_is_told_by_what_it_holds_where_no_type_is_told(read, name, what):
    data = {"props": {"pageProps": {"mainColumnData": {"list": {name: {"total": 40, "edges": []}}}}}}
    (page,) = await read([html_of(data).replace(ROWS, "")])
    assert isinstance(page, NotTitles)
    assert what in str(page)


async def test_people_are_told_by_their_rows_where_there_is_no_json(read):
    (page,) = await read([f"<html><body>{ROW.format('1').replace('/title/tt', '/name/nm')}</body></html>"])
    assert isinstance(page, NotTitles)


async def test_one_broken_value_of_an_empty_or_private_list_gives_no_other_state(read):
    empty, private = page_data([]), page_data([])
    for data in (empty, private):
        data["props"]["pageProps"]["mainColumnData"]["predefinedList"]["titleListItemSearch"]["total"] = 0
        data["props"]["pageProps"]["totalItems"] = 0
    private["props"]["pageProps"]["aboveTheFoldData"]["visibility"] = "PRIVATE"
    private["props"]["pageProps"]["showPrivateListMessaging"] = True
    for data, states in ((empty, {"", "drifted"}), (private, {"private", "", "drifted"})):
        cases = [
            (place, broken)
            for place in places(data)
            for broken in BROKEN
            if not (broken is True and place[-1] == "showPrivateListMessaging")
        ]
        pages = await read([html_of(wounded(data, *case)).replace(ROWS, "") for case in cases])
        for case, page in zip(cases, pages, strict=True):
            assert (page.code if isinstance(page, WatchsyncError) else "") in states, case
            assert isinstance(page, WatchsyncError) or page.rows == (), case


@pytest.mark.parametrize(
    "change",
    [
        lambda source: source.replace("<html>", '<html><!-- id="__NEXT_DATA__"> -->'),
        lambda source: source.replace('id="__NEXT_DATA__"', "id='__NEXT_DATA__'"),
        lambda source: source.replace("</script>", "</SCRIPT>"),
    ],
    ids=["comment", "quotes", "case"],
)
async def test_the_json_is_found_however_its_element_is_written(read, change):
    (page,) = await read([change(html_of(page_data([edge(1)])))])
    assert page.form == "json"


@pytest.mark.parametrize("hidden", ["hidden", 'style="display:none"', 'style="color:red; display: none"'])
async def test_what_is_hidden_says_nothing_and_a_page_that_hides_itself_is_read(read, hidden):
    private = '<section data-testid="list-page-mc-private-list-content">Private</section>'
    sources = [
        f"<html><body>{private.replace('<section', f'<section {hidden}')}</body></html>",
        f"<html><body><dialog>{private}</dialog></body></html>",
        f"<html {hidden}><body {hidden}>{ROWS}</body></html>",
    ]
    drifted, closed, shown = await read(sources)
    assert isinstance(drifted, PageDrifted)
    assert isinstance(closed, PageDrifted)
    assert len(shown.rows) == 3
