"""Each state of a page, and the fallbacks in their order."""

import copy
import json
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from imdb_pages import REF, capture, edge, item, next_data, page
from watchsync import errors
from watchsync.imdb.page import read_page, retry_after_seconds
from watchsync.titles import Kind

JSON_LD = orjson.dumps(
    {
        "@type": "ItemList",
        "itemListElement": [
            {"position": 1, "item": {"@type": "Movie", "url": "https://www.imdb.com/title/tt0000001/", "name": "One"}},
            {"position": 2, "item": {"@type": "TVSeries", "url": "/title/tt0000002/", "name": "Two &amp; more"}},
        ],
    }
).decode()
DOM = """<ul data-testid="list-page-mc-total-items"><li>1,179 titles</li></ul>
<li class="ipc-metadata-list-summary-item sc-x"><a class="ipc-title-link-wrapper" href="/title/tt0000003/?ref_=wl">
<h3 class="ipc-title__text">1. Three</h3></a><span class="dli-title-metadata-item">2001\u20132005</span>
<span class="dli-title-type-data">TV Mini Series</span></li>"""


def with_ld(body=""):
    return f'<html><script type="application/ld+json">{JSON_LD}</script>{body}</html>'


@pytest.mark.parametrize("where", ["predefinedList", "list", "ratings"])
def test_watchlists_lists_and_ratings_are_read(where):
    read = page([edge(1), edge(2)], where=where, total=2)
    assert [row.title.id for row in read.rows] == ["tt0000001", "tt0000002"]
    assert (read.total, read.has_next, read.form, read.author) == (2, False, "json", "somebody")
    assert read.modified_at == datetime(2026, 4, 15, 5, 27, 43, tzinfo=UTC)


def test_a_container_that_moved_is_found():
    moved = {"props": {"elsewhere": {"deep": [next_data([edge(1)])["props"]["pageProps"]["mainColumnData"]]}}}
    assert read_page(capture(moved), REF).rows[0].title.id == "tt0000001"


def test_json_comes_before_json_ld_and_that_before_the_visible_rows():
    both = read_page(capture(next_data([edge(9)]), html=with_ld(DOM)), REF)
    ld = read_page(capture(html=with_ld(DOM)), REF)
    dom = read_page(capture(html=f"<html>{DOM}</html>"), REF)
    assert (both.form, ld.form, dom.form) == ("json", "jsonld", "dom")
    assert [row.title.name for row in ld.rows] == ["One", "Two & more"]
    assert (dom.rows[0].title.name, dom.rows[0].title.year, dom.rows[0].title.end_year) == ("Three", 2001, 2005)
    assert dom.total == 1179


@pytest.mark.parametrize("broken", ["", "{", '{"props": {"pageProps"', "[]", "null", "[" * 5000, '"x"'])
def test_broken_json_falls_back(broken):
    assert read_page(capture(broken, html=with_ld()), REF).form == "jsonld"


def test_rows_of_an_unknown_shape_fall_back():
    drifted = next_data([{"entity": {"tconst": "tt1"}}, {"entity": {}}], total=2)
    assert read_page(capture(drifted, html=with_ld()), REF).form == "jsonld"


def test_an_empty_list_is_a_page_without_rows():
    assert page([], total=0).total == 0
    html = '<div data-testid="list-page-mc-total-items">0 titles</div>'
    assert read_page(capture(html=html), REF).total == 0


HIDDEN = {"props": {"pageProps": {"aboveTheFoldData": {"visibility": {"id": "PRIVATE"}}}}}
PRIVATE = {"props": {"pageProps": {"showPrivateListMessaging": True, "mainColumnData": {}}}}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (capture(PRIVATE), errors.PrivateList),
        (
            capture({"props": {"pageProps": {"aboveTheFoldData": {"visibility": {"id": "PRIVATE"}}}}}),
            errors.PrivateList,
        ),
        (capture(html='<i data-testid="list-page-mc-private-list-content"></i>'), errors.PrivateList),
        (capture(status=404), errors.ListNotFound),
        (capture(html='<h1 data-testid="error-page-title">404</h1>'), errors.ListNotFound),
        (capture(status=202), errors.ChallengeUnsolved),
        (capture(x_amzn_waf_action="challenge"), errors.ChallengeUnsolved),
        (capture(html='<div id="challenge-container"></div>'), errors.ChallengeUnsolved),
        (capture(html='<form name="signIn"><input type="password"></form>'), errors.SignInAsked),
        (capture({"props": {"pageProps": {"listType": {"id": "PEOPLE"}}}}), errors.NotTitles),
        (
            capture({"props": {"pageProps": {"mainColumnData": {"list": {"listType": {"id": "IMAGES"}}}}}}),
            errors.NotTitles,
        ),
        (capture(status=405), errors.CaptchaDemanded),
        (capture(x_amzn_waf_action="captcha"), errors.CaptchaDemanded),
        (capture(html="<title>Human Verification</title>"), errors.CaptchaDemanded),
        (capture(status=403), errors.Refused),
        (capture(status=429, retry_after="7"), errors.Throttled),
        (capture(status=503), errors.Throttled),
        (capture(status=500), errors.OriginUnreachable),
        (capture(html='<button data-testid="accept-button">'), errors.PageDrifted),
        (capture(html="<html></html>"), errors.PageDrifted),
        (capture(), errors.PageDrifted),
        (capture(html="x" * 5_000_001), errors.PageDrifted),
    ],
)
def test_each_other_state_has_a_name_and_a_sentence(answer, error):
    with pytest.raises(error) as raised:
        read_page(answer, REF)
    assert str(raised.value)[0].isupper()


def test_a_consent_dialog_does_not_hide_the_list():
    html = '<button data-testid="accept-button">'
    assert len(read_page(capture(next_data([edge(1)]), html=html), REF).rows) == 1


def test_of_a_page_without_end_only_the_front_is_parsed():
    assert len(read_page(capture(html=f"<html>{DOM}{DOM}"), REF).rows) == 2
    assert len(read_page(capture(html=f"<html>{DOM}{'<p>more</p>' * 100_000}{DOM}"), REF).rows) == 1


def test_a_throttling_page_says_how_long():
    with pytest.raises(errors.Throttled) as raised:
        read_page(capture(status=429, retry_after="7"), REF)
    assert raised.value.retry_after_seconds == 7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("999999999999", 86_400),
        ("Sun, 01 Nov 2026 00:01:00 GMT", 60),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, seconds):
    assert retry_after_seconds({"retry-after": value}, datetime(2026, 11, 1, tzinfo=UTC)) == seconds


def answered(answer):
    """A page, or the sentence of one of our errors; anything else is raised."""
    try:
        return read_page(answer, REF)
    except errors.WatchsyncError as error:
        return str(error)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PARTS = ["node", "listItem", "titleText", "titleType", "releaseYear", "ratingsSummary", "plot", "series", "titleGenres"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(PARTS), ANYTHING, max_size=6), max_size=5), ANYTHING)
def test_no_json_raises_anything_but_our_own_errors(edges, total):
    data = next_data([{**edge(1), **each, "listItem": {"id": "tt0000001", **each}} for each in edges])
    data["props"]["pageProps"]["mainColumnData"]["predefinedList"]["titleListItemSearch"]["total"] = total
    try:
        text = orjson.dumps(data).decode()
    except TypeError:
        return
    assert answered(capture(text))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400), st.integers(200, 599))
def test_no_html_raises_anything_but_our_own_errors(html, status):
    assert answered(capture(html=html, status=status))


WORDS = [
    "The creator of this list has not enabled public viewing",
    "This list is empty.",
    "Human Verification",
    "Sign in to continue. You need an account to see this page.",
    "This item does not exist and should be removed",
    "404 Error",
    "window.gokuProps",
]
HIDES = ["<script>{}</script>", "<template>{}</template>", "<noscript>{}</noscript>", "<p hidden>{}</p>", "<p>{}</p>"]
MARKS = ['<i data-testid="list-page-mc-private-list-content"></i>', '<i id="challenge-container"></i>']


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("hide", HIDES)
def test_no_words_make_a_state(words, hide):
    said = hide.format(words)
    with pytest.raises(errors.PageDrifted):
        read_page(capture(html=said), REF)
    assert read_page(capture(html=DOM + said), REF).form == "dom"


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("hide", HIDES[:4])
def test_what_nobody_sees_makes_no_state(mark, hide):
    with pytest.raises(errors.PageDrifted):
        read_page(capture(html="<body><p>A page</p>" + hide.format(mark)), REF)


@pytest.mark.parametrize("mark", MARKS)
def test_rows_count_before_any_state(mark):
    assert read_page(capture(html=mark + DOM), REF).form == "dom"


def test_what_the_list_holds_instead_is_named():
    with pytest.raises(errors.NotTitles, match="This list holds people"):
        read_page(capture({"props": {"pageProps": {"listType": {"id": "PEOPLE"}}}}), REF)


@pytest.mark.parametrize(
    ("heading", "total"),
    [
        ("<span>1-250</span><span>of 1,179</span>", 1179),
        ("<span>251-261</span><span>of 261</span>", 261),
        ("<li>1,179 titles</li>", 1179),
        ("<span>1\u2013250</span> <span>de 1.179</span>", 1179),
        ("<span>1-250</span> <span>sur 1\u202f179</span>", 1179),
        ("<span>1-25</span><span>of 25</span>", 25),
        ("nothing", None),
    ],
)
def test_the_heading_over_the_rows_tells_the_total(heading, total):
    html = f'<div data-testid="list-page-mc-total-items">{heading}</div>{DOM}'
    assert read_page(capture(html=html), REF).total == total


NEW_ROW = """<li class="ipc-metadata-list-summary-item">
<div class="dli-user-list-item-date-added">Rated on Aug 24, 2026</div>
<a class="ipc-title-link-wrapper" href="/title/tt32000001/?ref_=rt_t_251">
<h4 class="ipc-title__text">251. A Film</h4></a>
<div class="dli-title-metadata"><ul><li class="ipc-inline-list__item">{years}</li>
<li class="ipc-inline-list__item">2h 35m</li><li class="ipc-inline-list__item">{label}</li></ul></div></li>"""


@pytest.mark.parametrize(
    ("years", "label", "kind", "year", "end_year"),
    [
        ("2025", "R", Kind.UNKNOWN, 2025, None),
        ("2025", "TV Series", Kind.SERIES, 2025, None),
        ("2021\u20132024", "TV Mini Series", Kind.SERIES, 2021, 2024),
        ("2021\u2013", "PG-13", Kind.UNKNOWN, 2021, None),
        ("", "TV Movie", Kind.MOVIE, None, None),
    ],
)
def test_a_row_of_today_tells_its_name_years_and_day_and_its_type_only_where_it_shows_one(
    years, label, kind, year, end_year
):
    (row,) = read_page(capture(html=NEW_ROW.format(years=years, label=label)), REF).rows
    assert (row.title.name, row.title.kind, row.title.year, row.title.end_year) == ("A Film", kind, year, end_year)
    assert row.title.added_at == datetime(2026, 8, 24, tzinfo=UTC)


def test_the_day_of_a_rating_is_told_beside_the_edges():
    data = next_data([{"node": {"title": item(1)}}], where="ratings", ratedOn={"tt0000001": "Rated on Aug 24, 2026"})
    (row,) = read_page(capture(data), REF).rows
    assert row.title.added_at == datetime(2026, 8, 24, tzinfo=UTC)


def test_half_of_a_surrogate_pair_costs_nothing():
    data = next_data([edge(1, plot={"plotText": {"plainText": "cut \ud83d"}}), edge(2)])
    text = json.dumps(data)
    assert "\\ud83d" in text
    assert [row.title.id for row in read_page(capture(text), REF).rows] == ["tt0000001", "tt0000002"]


GONE = object()
BROKEN = [None, 7, "", "\ud83d", [], {}, [[[]]], {"id": {"id": []}}, True, -1e300, GONE]


def _places(value, at=()):
    """The place of each value within an edge."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from _places(each, (*at, name))


FULL_EDGE = edge(2, "tvEpisode", plot={"plotText": {"plainText": "p"}}, releaseYear={"year": 2001, "endYear": None})
FULL_EDGE["listItem"]["series"] = {"series": {"id": "tt0000009", "titleText": {"text": "S"}}}


@pytest.mark.parametrize("place", [*_places(FULL_EDGE)], ids=str)
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: "gone" if broken is GONE else repr(broken))
def test_one_broken_value_in_an_edge_costs_no_other_row(place, broken):
    wounded = copy.deepcopy(FULL_EDGE)
    *way, last = place
    holder = wounded
    for name in way:
        holder = holder[name]
    if broken is GONE:
        del holder[last]
    else:
        holder[last] = broken
    found = read_page(capture(json.dumps(next_data([edge(1), wounded, edge(3)]))), REF)
    assert (found.form, len(found.rows)) == ("json", 3)
    assert (found.rows[0], found.rows[2]) == (read_page(capture(next_data([edge(1)])), REF).rows[0], _third())


def _third():
    return read_page(capture(next_data([edge(1), edge(2), edge(3)])), REF).rows[2]


GONE_EDGES = [
    None,
    {"node": {"itemId": "li9"}, "listItem": None},
    {"node": {"itemId": "li9"}},
    {"node": {"title": None}},
]


@pytest.mark.parametrize("gone", GONE_EDGES, ids=str)
def test_a_page_whose_few_rows_are_all_of_titles_that_are_gone_is_a_page(gone):
    found = page([gone], total=251)
    assert (found.form, found.total, [row.title for row in found.rows]) == ("json", 251, [None])


@pytest.mark.parametrize("edges", [[None] * 6, [{"entity": {}}], [{"node": {}, "movie": {}}], [7]], ids=str)
def test_edges_of_an_unknown_shape_are_drift_however_few_they_are(edges):
    with pytest.raises(errors.PageDrifted):
        page(edges)


@pytest.mark.parametrize(("name", "what"), [("nameListItemSearch", "people"), ("imageItems", "images")])
def test_a_list_of_something_else_is_told_by_its_container_where_no_type_is(name, what):
    props = {"mainColumnData": {"list": {name: {"total": 40}}}}
    with pytest.raises(errors.NotTitles, match=what):
        read_page(capture({"props": {"pageProps": props}}), REF)


@pytest.mark.parametrize("odd", ["", "titles", 7, "x" * 90])
def test_a_type_that_is_none_makes_an_empty_list_nothing_else(odd):
    assert page([], total=0, listType={"id": odd}).rows == ()


def test_a_number_of_thousands_of_digits_costs_one_value():
    text = json.dumps(next_data([edge(1), edge(2)])).replace(
        '"absolutePosition": 1', f'"absolutePosition": {"9" * 5_000}'
    )
    assert [row.title.id for row in read_page(capture(text), REF).rows] == ["tt0000001", "tt0000002"]


@pytest.mark.parametrize("odd", ["https://[bad/x.jpg", "http://[::1", "https://x/\ud83d.jpg", "https://x y/"])
def test_a_picture_that_is_none_costs_no_row(odd):
    text = json.dumps(next_data([edge(1), {**edge(2), "listItem": item(2, primaryImage={"url": odd})}]))
    found = read_page(capture(text), REF)
    assert [row.title.image for row in found.rows] == [None, None]


def test_json_ld_survives_half_a_pair_and_other_lists_before_it():
    others = '<script type="application/ld+json">{"@type": "ItemList", "itemListElement": [{"name": "Home"}]}</script>'
    html = f"<html>{others}{with_ld().replace('One', 'One ' + chr(92) + 'ud83d')}"
    found = read_page(capture(html=html), REF)
    assert (found.form, [row.title.id for row in found.rows]) == ("jsonld", ["tt0000001", "tt0000002"])


def test_half_a_pair_in_the_markup_costs_nothing():
    assert len(read_page(capture(html=f"<html>\ud83d{DOM}"), REF).rows) == 1


@pytest.mark.parametrize(
    ("heading", "total"),
    [
        ("<span>1-25</span><span>250 Titel</span>", 250),
        ("<span>251-261</span><span>of 261</span>", 261),
        ("<span>1\u2013250</span><span>von 1.179</span>", 1179),
        ("<span>1-250 sur 1\u202f179</span>", 1179),
        ("<span>1-250 von 12\u2019000</span>", 12_000),
        ("<span>0 titles</span>", 0),
    ],
)
def test_the_heading_says_how_many_rows_there_are(heading, total):
    html = DOM.replace("<li>1,179 titles</li>", heading)
    assert read_page(capture(html=f"<html>{html}"), REF).total == total


@pytest.mark.parametrize(
    "href", ["/title/tt\u0660\u0661\u0662\u0663\u0664\u0665\u0666/", "/title/tt00000000001/", "/title/tt12/"]
)
def test_what_is_no_id_makes_no_title_of_a_row(href):
    with pytest.raises(errors.PageDrifted):
        read_page(capture(html=f"<html>{DOM.replace('/title/tt0000003/', href)}"), REF)


ROW_OF = (
    '<li class="ipc-metadata-list-summary-item"><a class="ipc-title-link-wrapper" href="/title/tt0000001/">'
    '<h4 class="ipc-title__text">{}</h4></a></li>'
)


@pytest.mark.parametrize("heading", ["", "1.", "1. ", "1. tt0000001", "tt0000001"])
def test_a_number_or_an_id_is_no_name_of_a_visible_row(heading):
    (row,) = read_page(capture(html=ROW_OF.format(heading)), REF).rows
    assert (row.title.id, row.title.name) == ("tt0000001", "")


@pytest.mark.parametrize("name", ["1917", "300", "12. Angry", "tt0000002 and I"])
def test_a_name_that_looks_like_a_number_or_holds_an_id_is_a_name(name):
    (row,) = read_page(capture(html=ROW_OF.format(f"1. {name}")), REF).rows
    assert row.title.name == name


def test_an_id_is_no_name_of_a_title_or_of_its_series():
    told = {"text": "tt0000001"}
    series = {"series": {"id": "tt0000009", "titleText": {"text": "tt0000009"}}}
    (row,) = page([edge(1, "tvEpisode", titleText=told, originalTitleText=told, series=series)]).rows
    assert (row.title.name, row.series.name) == ("", "")
    (row,) = page([edge(1, titleText=told, originalTitleText={"text": "Its Name"})]).rows
    assert row.title.name == "Its Name"


@pytest.mark.parametrize(
    "entry",
    [
        {"item": "https://www.imdb.com/title/tt0000001/", "name": "A"},
        {"url": "/title/tt0000001/", "name": "A"},
        {"item": {"@type": ["Movie", "CreativeWork"], "url": "/title/tt0000001/", "name": "A"}},
        {"item": {"@type": "Movie", "url": "/title/tt0000001/"}, "name": "A"},
    ],
)
@pytest.mark.parametrize("type_", ["ItemList", ["ItemList"], ["Thing", "ItemList"]])
def test_json_ld_may_write_an_entry_in_any_of_its_ways(type_, entry):
    script = json.dumps({"@type": type_, "itemListElement": [entry, None, 7, "x", {"item": 5, "url": 5}]})
    read = read_page(capture(html=f'<script type="application/ld+json">{script}</script>'), REF)
    assert [(row.title.id, row.title.name) for row in read.rows if row.title] == [("tt0000001", "A")]
    assert len(read.rows) == 5
