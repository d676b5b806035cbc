"""Each state of a page, and the fallbacks in their order."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from imdb_pages import REF, capture, edge, next_data, page
from watchsync import errors
from watchsync.imdb.page import read_page, retry_after_seconds

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
    assert read_page(capture(html="<p>This list is empty.</p>"), REF).total == 0


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
        (capture(html="<p>Its owner has not enabled public viewing.</p>"), errors.PrivateList),
        (capture(status=404), errors.ListNotFound),
        (capture(html='<h1 data-testid="error-page-title">404</h1>'), errors.ListNotFound),
        (capture(status=202), errors.ChallengeUnsolved),
        (capture(x_amzn_waf_action="challenge"), errors.ChallengeUnsolved),
        (capture(html="<script>window.gokuProps = {}</script>"), errors.ChallengeUnsolved),
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
