"""Who counts as whom, behind which proxies."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from watchsync.http.client import NOBODY, budget_key, client_of, is_host, is_local_host


def client(remote: str | None, *headers: tuple[str, str], trusted: tuple[str, ...] = ()):
    given = CIMultiDictProxy(CIMultiDict([("Host", "watchsync.example"), *headers]))
    return client_of(remote, given, trusted)


def forwarded(*lines: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", line) for line in lines]


V4, V6, LOCAL = ("10.0.0.0/8",), ("2001:db8::/48",), ("127.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("remote", "lines", "trusted", "address"),
    [
        # none, and untrusted
        ("192.0.2.7", [], (), "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], (), "192.0.2.7"),
        ("127.0.0.1", [], (), "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.1"], (), NOBODY),
        ("127.0.0.1", ["203.0.113.7"], (), NOBODY),
        ("::ffff:192.0.2.7", [], (), "192.0.2.7"),
        ("fe80::1%eth0", [], (), "fe80::1"),
        (None, [], (), NOBODY),
        # one trusted
        ("127.0.0.1", ["198.51.100.1"], LOCAL, "198.51.100.1"),
        ("::1", ["2001:db8:1::9"], LOCAL, "2001:db8:1::9"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], V4, "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1"], ("::ffff:10.0.0.0/104",), "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], V4, "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1"], V4, "198.51.100.1"),
        ("2001:db8::1", ["2001:db8:1::9"], V6, "2001:db8:1::9"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], V4, "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], V4, "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8:1::9]:4711"], V4, "2001:db8:1::9"),
        ("10.0.0.1", ['"[2001:db8:1::9]"'], V4, "2001:db8:1::9"),
        # two trusted
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], V4, "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1, 10.0.0.2"], V4, "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, 127.0.0.1"], LOCAL, "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], V4, "10.0.0.3"),
        ("10.0.0.1", [" , ,"], V4, "10.0.0.1"),
        # a forwarded hop is never loopback, and what is no address is nobody's
        ("10.0.0.1", ["127.0.0.1"], V4, NOBODY),
        ("10.0.0.1", ["::1"], V4, NOBODY),
        ("10.0.0.1", ["::ffff:127.0.0.1"], V4, NOBODY),
        ("127.0.0.1", ["127.0.0.1"], LOCAL, NOBODY),
        ("127.0.0.1", ["127.0.0.1, 127.0.0.1"], LOCAL, NOBODY),
        ("10.0.0.1", ["unknown"], V4, NOBODY),
        ("10.0.0.1", ["198.51.100.1, _hidden"], V4, NOBODY),
        ("10.0.0.1", ["\udcff"], V4, NOBODY),
        ("10.0.0.1", ["9" * 5_000], V4, NOBODY),
        ("10.0.0.1", ["localhost"], V4, NOBODY),
        ("10.0.0.1", ["127.1"], V4, NOBODY),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_trusted_proxy(remote, lines, trusted, address):
    assert client(remote, *forwarded(*lines), trusted=trusted).address == address


PROXY_HEADERS = [
    *(
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Server",
        "X-Forwarded-Port",
    ),
    *("X-Real-IP", "Via", "CF-Connecting-IP", "CF-Ray", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP"),
    *("Fly-Client-IP", "Fastly-Client-IP", "X-Envoy-External-Address", "X-Amzn-Trace-Id", "X-Azure-ClientIP"),
    *("X-Original-Forwarded-For", "Forwarded-For", "X-Forwarded", "CDN-Loop", "x-appengine-user-ip", "X-ProxyUser-Ip"),
]


@pytest.mark.parametrize("name", PROXY_HEADERS)
@pytest.mark.parametrize("trusted", [(), LOCAL])
def test_any_header_of_a_proxy_ends_what_only_this_machine_may(name, trusted):
    assert client("127.0.0.1").is_loopback
    told = client("127.0.0.1", (name, "127.0.0.1"), trusted=trusted)
    assert (told.is_loopback, told.address) == (False, NOBODY)


@pytest.mark.parametrize(("remote", "is_local"), [("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)])
def test_loopback_has_many_forms(remote, is_local):
    assert client(remote).is_loopback is is_local


@pytest.mark.parametrize("remote", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "0.0.0.0", "nonsense", "", None])
def test_nobody_else_is_loopback(remote):
    assert not client(remote).is_loopback


@pytest.mark.parametrize(
    ("trusted", "headers", "scheme", "host"),
    [
        (V4, [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "one.example")], "https", "one.example"),
        (V4, [("X-Forwarded-Proto", "HTTPS")], "https", "watchsync.example"),
        (V4, [("X-Forwarded-Proto", "http, https")], "https", "watchsync.example"),
        (V4, [("X-Forwarded-Proto", "http"), ("X-Forwarded-Proto", "https")], "https", "watchsync.example"),
        (V4, [("X-Forwarded-Proto", "javascript")], "http", "watchsync.example"),
        (V4, [("X-Forwarded-Host", "evil.example, one.example:8443")], "http", "one.example:8443"),
        (V4, [("X-Forwarded-Host", "<script>")], "http", "watchsync.example"),
        (V4, [("X-Forwarded-Host", "\udcff")], "http", "watchsync.example"),
        ((), [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example")], "http", "watchsync.example"),
    ],
)
def test_only_a_trusted_proxy_says_how_we_were_asked(trusted, headers, scheme, host):
    asked = client("10.0.0.1", *headers, trusted=trusted)
    assert (asked.scheme, asked.host) == (scheme, host)


@pytest.mark.parametrize("host", ["watchsync.example", "api:8000", "watchsync_api:8000", "127.0.0.1", "[::1]:8000"])
def test_a_host_may_be_any_name_or_address(host):
    assert is_host(host)


BAD_HOSTS = ["", "\udcff", "bücher.example", "a b", "a/b", "user@host", "a:b", "a:999999", "[::1", "::1", 'a"b', "a\tb"]


@pytest.mark.parametrize("host", [*BAD_HOSTS, "x" * 300, "a,b", "<a>"])
def test_what_is_no_host_is_told_apart(host):
    assert not is_host(host)


def test_who_says_no_host_is_taken_to_mean_where_they_reached_us():
    assert client_of("192.0.2.7", {}, (), socket_host="192.0.2.1:8000").host == "192.0.2.1:8000"
    assert client_of("192.0.2.7", {"Host": "\udcff"}, (), socket_host="192.0.2.1:8000").host == ""


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "localhost.", "a.localhost", "127.0.0.1:1", "[::1]"])
def test_names_of_this_machine(host):
    assert is_local_host(host)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0", "10.0.0.1"])
def test_names_that_others_give(host):
    assert not is_local_host(host)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_limits_are_charged_to_an_address_or_to_the_network_of_one_customer(one, other, is_same):
    assert (budget_key(one) == budget_key(other)) is is_same
