"""What whoever asks may do."""

import pytest
from pydantic import SecretStr

from watchsync.api_tokens import ApiToken
from watchsync.http.access import authorize
from watchsync.http.problems import NotAllowed

READER = ApiToken("reader", frozenset({"jobs-read"}), SecretStr("r-secret-of-16-chars"))
OLD_READER = ApiToken("reader", frozenset({"jobs-read"}), SecretStr("an-older-secret-of-it"))
ADMIN = ApiToken("boss", frozenset({"admin"}), SecretStr("a-secret-of-16-chars"))
TOKENS = (READER, OLD_READER, ADMIN)


def refusal(scope: str, header: str, tokens=TOKENS, said: str | None = None) -> NotAllowed:
    with pytest.raises(NotAllowed) as caught:
        authorize(scope, header, tokens, said)
    return caught.value


@pytest.mark.parametrize(
    ("scope", "header"),
    [
        ("jobs-read", "Bearer r-secret-of-16-chars"),
        ("jobs-read", "bearer r-secret-of-16-chars"),
        ("jobs-read", "Bearer   r-secret-of-16-chars "),
        ("jobs-read", "Bearer an-older-secret-of-it"),
        ("jobs-read", "Bearer a-secret-of-16-chars"),
        ("jobs-write", "Bearer a-secret-of-16-chars"),
        ("admin", "Bearer a-secret-of-16-chars"),
    ],
)
def test_a_token_with_the_scope_is_let_in_and_admin_may_do_everything(scope, header):
    authorize(scope, header, TOKENS, "not local")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic r-secret-of-16-chars", "r-secret-of-16-chars", "Bearer r-secret"],
)
def test_without_a_known_token_one_is_asked_for(header):
    refused = refusal("jobs-read", header)
    assert refused.status == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="watchsync", scope="jobs-read"'
    assert "r-secret-of-16-chars" not in str(refused)


def test_a_token_without_the_scope_is_refused_and_told_which():
    refused = refusal("jobs-write", "Bearer r-secret-of-16-chars")
    assert (refused.status, str(refused)) == (403, "This token lacks the scope 'jobs-write'.")


def test_without_tokens_who_is_local_may_do_everything():
    authorize("admin", "", (), None)


def test_without_tokens_nobody_else_may_do_anything():
    refused = refusal("jobs-read", "Bearer whatever", (), "You are not local.")
    assert (refused.status, str(refused)) == (403, "You are not local.")
