"""What a request may say."""

import pytest
from aiohttp.test_utils import make_mocked_request
from marshmallow import Schema, ValidationError

from watchsync.api.schemas import JobHeaders, JobRequest, JobsQuery, PageQuery, SyncBody
from watchsync.api.validation import Parser
from watchsync.http.problems import Invalid


@pytest.mark.parametrize(
    ("schema", "given", "understood"),
    [
        (JobRequest, {"imdbUserId": "ur1"}, {"user_id": "ur1", "force_refresh": False}),
        (JobRequest, {"listRef": "ls1", "forceRefresh": True}, {"list_ref": "ls1", "force_refresh": True}),
        (SyncBody, {"userId": "ur1"}, {"user_id": "ur1", "force_refresh": False}),
        (PageQuery, {}, {"limit": 50}),
        (PageQuery, {"limit": "200", "cursor": "abc"}, {"limit": 200, "cursor": "abc"}),
        (JobsQuery, {"status": "failed", "user": "ur1"}, {"limit": 50, "status": "failed", "user": "ur1"}),
        (JobHeaders, {"Idempotency-Key": "abc", "Host": "x"}, {"idempotency_key": "abc"}),
    ],
)
def test_what_is_right_is_understood(schema, given, understood):
    assert schema().load(given) == understood


BOTH_OR_NONE = "Give exactly one of imdbUserId and listRef."
OF_1_TO_2000 = "Length must be between 1 and 2000."
OF_1_TO_200 = "Must be greater than or equal to 1 and less than or equal to 200."
NO_CALLBACKS = "Refused: there are no callbacks yet. Follow the job's events."
VISIBLE = "1 to 200 visible characters."


@pytest.mark.parametrize(
    ("schema", "given", "pointer", "said"),
    [
        (JobRequest, {}, "/", BOTH_OR_NONE),
        (JobRequest, {"imdbUserId": "ur1", "listRef": "ls1"}, "/", BOTH_OR_NONE),
        (JobRequest, {"imdbUserId": ""}, "/imdbUserId", OF_1_TO_2000),
        (JobRequest, {"imdbUserId": "u" * 2_001}, "/imdbUserId", OF_1_TO_2000),
        (JobRequest, {"imdbUserId": 7}, "/imdbUserId", "Not a valid string."),
        (JobRequest, {"imdbUserId": ["ur1"]}, "/imdbUserId", "Not a valid string."),
        (JobRequest, {"listRef": None}, "/listRef", "Field may not be null."),
        (JobRequest, {"listRef": "l" * 2_001}, "/listRef", OF_1_TO_2000),
        (JobRequest, {"listRef": "ls1", "forceRefresh": "yes"}, "/forceRefresh", "Not a valid boolean."),
        (JobRequest, {"listRef": "ls1", "forceRefresh": "true"}, "/forceRefresh", "Not a valid boolean."),
        (JobRequest, {"listRef": "ls1", "forceRefresh": 1}, "/forceRefresh", "Not a valid boolean."),
        (JobRequest, {"listRef": "ls1", "forceRefresh": 0.0}, "/forceRefresh", "Not a valid boolean."),
        (JobRequest, {"listRef": "ls1", "forceRefresh": {}}, "/forceRefresh", "Not a valid boolean."),
        (JobRequest, {"listRef": "ls1", "forceRefresh": None}, "/forceRefresh", "Field may not be null."),
        *(
            (JobRequest, {"listRef": "ls1", "callbackUrl": url}, "/callbackUrl", NO_CALLBACKS)
            for url in (
                "ftp://x",
                "/done",
                "http://worker:8000/done",
                "https://x.org",
                "",
                None,
                7,
                True,
                [],
                {},
                "\ud800",
            )
        ),
        (JobRequest, {"listRef": "ls1", "surprise": 1}, "/surprise", "Unknown field."),
        (JobRequest, {"listRef": "ls1", "a/b~c": 1}, "/a~1b~0c", "Unknown field."),
        (SyncBody, {}, "/", "Give exactly one of userId and listRef."),
        (SyncBody, {"listRef": "ur1", "imdbUserId": "ur1"}, "/imdbUserId", "Unknown field."),
        (SyncBody, {"listRef": "ur1", "callbackUrl": "http://x.org"}, "/callbackUrl", "Unknown field."),
        (PageQuery, {"limit": "0"}, "/limit", OF_1_TO_200),
        (PageQuery, {"limit": "201"}, "/limit", OF_1_TO_200),
        (PageQuery, {"limit": "many"}, "/limit", "Not a valid integer."),
        (PageQuery, {"limit": "1.5"}, "/limit", "Not a valid integer."),
        (PageQuery, {"cursor": ""}, "/cursor", "Length must be between 1 and 40."),
        (PageQuery, {"cursor": "c" * 41}, "/cursor", "Length must be between 1 and 40."),
        (PageQuery, {"page": "2"}, "/page", "Unknown field."),
        (JobsQuery, {"user": ""}, "/user", OF_1_TO_2000),
        (
            JobsQuery,
            {"status": "dead"},
            "/status",
            "Must be one of: pending, processing, completed, failed, cancelled.",
        ),
        (JobHeaders, {"Idempotency-Key": ""}, "/Idempotency-Key", VISIBLE),
        (JobHeaders, {"Idempotency-Key": "two words"}, "/Idempotency-Key", VISIBLE),
        (JobHeaders, {"Idempotency-Key": "x" * 201}, "/Idempotency-Key", VISIBLE),
    ],
)
def test_what_is_wrong_is_named(schema, given, pointer, said):
    assert refusals(schema, given) == [(pointer, said)]


def test_all_that_is_wrong_is_named_at_once():
    wrong = refusals(JobRequest, {"listRef": 1, "forceRefresh": 2, "callbackUrl": 3, "surprise": 4})
    assert sorted(pointer for pointer, _ in wrong) == ["/callbackUrl", "/forceRefresh", "/listRef", "/surprise"]


def refusals(schema: type[Schema], given: dict[str, object]) -> list[tuple[str, str]]:
    """Each pointer and message, as a caller of the API reads them."""
    with pytest.raises(ValidationError) as caught:
        schema().load(given)
    located = ValidationError({"json": caught.value.messages})
    request = make_mocked_request("POST", "/jobs")
    with pytest.raises(Invalid) as refused:
        Parser().handle_error(located, request, schema(), error_status_code=None, error_headers=None)
    return [(error.pointer, error.detail) for error in refused.value.errors]
