"""Who is asking, and what they may do."""

import pytest
from pydantic import SecretStr

from watchsync.api.access import authorize, client_address
from watchsync.api.problems import NotAllowed
from watchsync.api_tokens import ApiToken

READER = ApiToken("reader", frozenset({"jobs-read"}), SecretStr("r-secret-of-16-chars"))
OLD_READER = ApiToken("reader", frozenset({"jobs-read"}), SecretStr("an-older-secret-of-it"))
ADMIN = ApiToken("boss", frozenset({"admin"}), SecretStr("a-secret-of-16-chars"))
TOKENS = (READER, OLD_READER, ADMIN)


def refusal(scope: str, header: str, peer: str = "192.0.2.7", tokens=TOKENS) -> NotAllowed:
    with pytest.raises(NotAllowed) as caught:
        authorize(scope, header, peer, tokens)
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
    authorize(scope, header, "192.0.2.7", TOKENS)


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


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1"])
def test_without_tokens_loopback_may_do_everything(peer):
    authorize("admin", "", peer, ())


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "0.0.0.0", "nonsense", ""])
def test_without_tokens_nobody_else_may_do_anything(peer):
    assert refusal("jobs-read", "Bearer whatever", peer, ()).status == 403


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "address"),
    [
        ("192.0.2.7", None, (), "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", (), "192.0.2.7"),
        ("127.0.0.1", None, (), "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", (), "0.0.0.0"),
        ("127.0.0.1", "198.51.100.1", ("127.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", ("10.0.0.0/8",), "10.0.0.3"),
        ("10.0.0.1", " , ,", ("10.0.0.0/8",), "10.0.0.1"),
        ("2001:db8::1", "2001:db8:1::9", ("2001:db8::/48",), "2001:db8:1::9"),
        (None, None, (), "0.0.0.0"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_trusted_proxy(remote, forwarded, trusted, address):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_address(remote, headers, trusted) == address
