"""What the browser may reach, as rules for its resolver."""

import pytest

from watchsync.browser.flags import chromium_flags, resolver_rules
from watchsync.browser.places import place


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.imdb.com", "www.imdb.com:443"),
        ("http://www.imdb.com/any/page?x", "www.imdb.com:80"),
        ("http://127.0.0.1:8123", "127.0.0.1:8123"),
        ("http://[::1]:8123", "[::1]:8123"),
        ("https://WWW.IMDb.com:8443", "www.imdb.com:8443"),
    ],
)
def test_a_place_is_host_and_port(url, expected):
    assert place(url) == expected


def test_a_place_resolves_to_itself_and_all_else_to_nothing():
    assert resolver_rules(["a.example:443"]) == "MAP a.example:443 a.example:443, MAP * ~NOTFOUND"
    assert resolver_rules([]) == "MAP * ~NOTFOUND"


@pytest.mark.parametrize("place", ["*.a.example:443", "127.0.0.1:*"])
def test_with_a_wildcard_every_port_is_open_for_only_whole_names_can_be_mapped(place):
    host = place.rpartition(":")[0]
    assert resolver_rules([place]) == f"EXCLUDE {host}, MAP * ~NOTFOUND"


def test_flags_hold_what_the_resolver_does_not_see():
    flags = chromium_flags([])
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in flags
    assert "--no-proxy-server" in flags
