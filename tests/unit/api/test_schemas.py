"""What a request may say."""

import pytest
from marshmallow import ValidationError

from watchsync.api.schemas import JobHeaders, JobRequest, JobsQuery, PageQuery, SyncBody


@pytest.mark.parametrize(
    ("schema", "given", "understood"),
    [
        (JobRequest, {"imdbUserId": "ur1"}, {"user_id": "ur1", "force_refresh": False}),
        (JobRequest, {"listRef": "ls1", "forceRefresh": True}, {"list_ref": "ls1", "force_refresh": True}),
        (
            JobRequest,
            {"listRef": "ls1", "callbackUrl": "http://worker:8000/done"},
            {"list_ref": "ls1", "force_refresh": False, "callback_url": "http://worker:8000/done"},
        ),
        (SyncBody, {"userId": "ur1"}, {"user_id": "ur1", "force_refresh": False}),
        (PageQuery, {}, {"limit": 50}),
        (PageQuery, {"limit": "200", "cursor": "abc"}, {"limit": 200, "cursor": "abc"}),
        (JobsQuery, {"status": "failed", "user": "ur1"}, {"limit": 50, "status": "failed", "user": "ur1"}),
        (JobHeaders, {"Idempotency-Key": "abc", "Host": "x"}, {"idempotency_key": "abc"}),
    ],
)
def test_what_is_right_is_understood(schema, given, understood):
    assert schema().load(given) == understood


@pytest.mark.parametrize(
    ("schema", "given", "field"),
    [
        (JobRequest, {}, "_schema"),
        (JobRequest, {"imdbUserId": "ur1", "listRef": "ls1"}, "_schema"),
        (JobRequest, {"imdbUserId": ""}, "imdbUserId"),
        (JobRequest, {"imdbUserId": "u" * 2_001}, "imdbUserId"),
        (JobRequest, {"imdbUserId": 7}, "imdbUserId"),
        (JobRequest, {"listRef": None}, "listRef"),
        (JobRequest, {"listRef": "ls1", "forceRefresh": "yes"}, "forceRefresh"),
        (JobRequest, {"listRef": "ls1", "forceRefresh": 1.5}, "forceRefresh"),
        (JobRequest, {"listRef": "ls1", "callbackUrl": "ftp://x"}, "callbackUrl"),
        (JobRequest, {"listRef": "ls1", "surprise": 1}, "surprise"),
        (SyncBody, {"imdbUserId": "ur1"}, "imdbUserId"),
        (PageQuery, {"limit": "0"}, "limit"),
        (PageQuery, {"limit": "201"}, "limit"),
        (PageQuery, {"limit": "many"}, "limit"),
        (PageQuery, {"cursor": ""}, "cursor"),
        (JobsQuery, {"status": "dead"}, "status"),
        (JobHeaders, {"Idempotency-Key": "two words"}, "Idempotency-Key"),
        (JobHeaders, {"Idempotency-Key": "x" * 201}, "Idempotency-Key"),
    ],
)
def test_what_is_wrong_is_named(schema, given, field):
    with pytest.raises(ValidationError) as caught:
        schema().load(given)
    assert field in caught.value.messages
