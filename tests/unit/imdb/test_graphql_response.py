"""Answers of IMDb's GraphQL service, as the public record shows them."""

import json

import orjson
import pytest

from imdb_pages import edge
from watchsync.errors import (
    CaptchaDemanded,
    ClientNameRefused,
    ListNotFound,
    NotTitles,
    OriginUnreachable,
    PageDrifted,
    PrivateList,
    Refused,
    Throttled,
)
from watchsync.imdb.graphql_response import page_from, read_answer, user_id_from


def error(code=None, message="no"):
    return {"message": message, **({"extensions": {"code": code}} if code else {})}


def answered(data=..., *errors, status=200, field="list", **headers):
    answer = {} if data is ... else {"data": data}
    answer |= {"errors": list(errors)} if errors else {}
    return read_answer(status, headers, orjson.dumps(answer), field)


def found(edges, **more):
    info = {"hasNextPage": True, "endCursor": "abc"}
    return {"titleListItemSearch": {"total": 9, "pageInfo": info, "edges": edges}, **more}


STATES = [
    ({"list": None}, [error("FORBIDDEN")], PrivateList),
    ({"list": None}, [error("RESOURCE_NOT_FOUND")], ListNotFound),
    ({"list": None}, [], ListNotFound),
    ({"list": None}, [error("BAD_USER_INPUT")], PageDrifted),
    (None, [error(message="Too much data requested")], PageDrifted),
    (None, [error("GRAPHQL_VALIDATION_FAILED")], PageDrifted),
    (..., [], PageDrifted),
    ("odd", [], PageDrifted),
]


@pytest.mark.parametrize(("data", "errors", "state"), STATES)
def test_errors_that_come_with_200_are_states_with_a_name(data, errors, state):
    with pytest.raises(state):
        answered(data, *errors)


@pytest.mark.parametrize(
    ("status", "state"),
    [(403, ClientNameRefused), (429, Throttled), (503, Throttled), (502, OriginUnreachable), (404, PageDrifted)],
)
def test_a_bare_status_is_a_state_too(status, state):
    with pytest.raises(state):
        read_answer(status, {}, b"<html>", "list")


def test_a_refusal_by_the_firewall_is_not_blamed_on_the_name():
    with pytest.raises(Refused):
        read_answer(403, {"x-amzn-waf-action": "block"}, b"", "list")


def test_a_captcha_is_seen_here_too():
    with pytest.raises(CaptchaDemanded):
        read_answer(200, {"x-amzn-waf-action": "captcha"}, b"", "list")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"data":1}'])
def test_what_is_no_answer_is_drifted(body):
    with pytest.raises(PageDrifted):
        read_answer(200, {}, body, "list")


def test_data_counts_although_errors_stand_beside_it():
    assert answered({"list": {"name": None}}, error("INTERNAL")) == {"name": None}


def test_a_page_has_its_rows_and_where_the_next_begins():
    page = page_from(found([edge(1)], name={"originalText": "Mine"}, lastModifiedDate="2026-04-15T05:27:43Z"))
    assert (page.rows[0].title.name, page.total, page.has_next, page.cursor) == ("Title 1", 9, True, "abc")
    assert (page.form, page.name, page.modified_at.year) == ("graphql", "Mine", 2026)


def test_without_a_cursor_there_is_no_next_page():
    without = found([edge(1)])
    without["titleListItemSearch"]["pageInfo"]["endCursor"] = None
    assert page_from(without).has_next is False


def test_a_list_that_calls_itself_private_is():
    with pytest.raises(PrivateList):
        page_from({"visibility": {"id": "PRIVATE"}, "titleListItemSearch": None})


@pytest.mark.parametrize("odd", [{}, {"titleListItemSearch": {"edges": 7}}, found([{"node": {}, "movie": {}}])])
def test_rows_of_a_new_shape_are_drifted(odd):
    with pytest.raises(PageDrifted):
        page_from(odd)


@pytest.mark.parametrize("odd", [{}, {"userId": None}, {"userId": "p.abc"}, {"userId": 7}])
def test_a_profile_without_a_user_is_no_list(odd):
    with pytest.raises(ListNotFound):
        user_id_from(odd)


@pytest.mark.parametrize(("type_id", "what"), [("PEOPLE", "people"), ("IMAGES", "images"), ("POLLS", "does not hold")])
def test_a_list_of_no_titles_says_so_by_its_type_and_not_by_the_message(type_id, what):
    data = {"list": {"listType": {"id": type_id}, "titleListItemSearch": None}}
    with pytest.raises(NotTitles, match=what):
        page_from(answered(data, error(message="titleListItemSearch is not supported")))


def test_a_last_page_of_a_row_that_is_gone_is_a_page():
    assert [row.title for row in page_from(found([None])).rows] == [None]


def test_half_a_surrogate_pair_in_an_answer_costs_nothing():
    body = json.dumps({"data": {"list": found([edge(1, plot={"plotText": {"plainText": "cut \ud83d"}}), edge(2)])}})
    page = page_from(read_answer(200, {}, body.encode(), "list"))
    assert [row.title.id for row in page.rows] == ["tt0000001", "tt0000002"]
    assert page.rows[0].title.overview == "cut"


@pytest.mark.parametrize("data", [{}, {"list": "none"}, {"list": []}, {"list": 7}, {"predefinedList": None}])
def test_only_a_null_says_that_there_is_no_such_list(data):
    with pytest.raises(PageDrifted):
        read_answer(200, {}, orjson.dumps({"data": data}), "list")
    with pytest.raises(ListNotFound):
        read_answer(200, {}, orjson.dumps({"data": {**data, "list": None}}), "list")
