"""Who is asking? The address behind trusted proxies, whether it is this machine itself, and by which name we are asked.

Pure. docs/proxies.md has the table of who counts as whom.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from multidict import CIMultiDictProxy

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
NOBODY: Final = "0.0.0.0"  # noqa: S104 - an address that nobody has
_V6_SITE_BITS: Final = 64
"""One customer has at least so large a network to choose addresses from."""
_MOST_HOPS: Final = 50
_LONGEST_ADDRESS, _LONGEST_NAME = 64, 64
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
_WITH_PORT: Final = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d{1,5})?|(?P<v4>[\d.]+):\d{1,5}", re.ASCII)
_PROXY_HEADERS: Final = frozenset(
    {
        "via",
        "client-ip",
        "true-client-ip",
        "proxy-client-ip",
        "wl-proxy-client-ip",
        "cdn-loop",
        "x-host",
        "x-url-scheme",
    }
)
_PROXY_PREFIXES: Final = (
    *("forwarded", "x-forwarded", "x-real-", "x-original", "x-client-", "x-cluster-", "x-remote-", "x-proxy"),
    *("x-envoy-", "x-amz", "x-azure-", "x-appengine-", "x-arr-", "x-vercel-", "x-nf-", "x-railway-", "x-cloud-"),
    *("cf-", "fly-", "fastly-", "akamai-", "render-"),
)
"""What only a proxy says. Whoever lists these has not asked us from this machine."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, and under which name."""

    address: str
    """Of the nearest one who is no trusted proxy; ``NOBODY`` where that is not known. Never loopback behind a proxy."""
    is_loopback: bool
    """Whether the socket's own peer is this machine, and nothing says that it speaks for others."""
    scheme: str
    """``http`` or ``https``, as the client used it."""
    host: str
    """The name, with the port if it has one, by which the client knows us; empty where it is no name at all."""

    @property
    def budget_key(self) -> str:
        """Whom limits are charged to: the address, or of version 6 the network that one customer has."""
        return budget_key(self.address)


def client_of(
    peer: str | None,
    headers: CIMultiDictProxy[str] | Mapping[str, str],
    trusted: tuple[str, ...],
    *,
    socket_host: str = "",
) -> Client:
    """Who asks, by the socket's peer and by what trusted proxies say; ``socket_host`` is where they reached us."""
    nearest, is_loopback = _peer(peer or "")
    given = headers.get("Host", "")
    if not any(map(_is_of_a_proxy, headers)):
        host = given if is_host(given) else ""
        return Client(nearest or NOBODY, is_loopback, "http", host or ("" if given else socket_host))
    told = headers if is_in(nearest, trusted) else {}
    scheme = _last(_lines(told, "X-Forwarded-Proto")).lower()
    hosts = (_last(_lines(told, "X-Forwarded-Host")), given)
    return Client(
        address=_forwarded(nearest, _lines(headers, "X-Forwarded-For"), trusted),
        is_loopback=False,
        scheme=scheme if scheme in {"http", "https"} else "http",
        host=next((name for name in hosts if is_host(name)), "" if given else socket_host),
    )


def is_host(text: str) -> bool:
    """Whether this is a name or address that a client may have asked for, maybe with a port."""
    return bool(_HOST.fullmatch(text))


def is_local_host(host: str) -> bool:
    """Whether a Host header names this machine itself, which no name of the outside can be made to."""
    before, _, port = host.rpartition(":")
    name = (before if port.isdigit() else host).lower().strip("[]").removesuffix(".")
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def plain_address(text: str) -> str:
    """An address in its one form: a mapped one as version 4, without a zone; empty for anything else."""
    parsed = _parsed(text)
    return str(parsed) if parsed else ""


def budget_key(address: str) -> str:
    """An address, or of version 6 its network, as one name."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _V6_SITE_BITS), strict=False))
    return address


def is_in(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address, in whichever form, belongs to one of the networks."""
    return bool(networks) and len(address) <= _LONGEST_ADDRESS and _is_in_once(address, networks)


def _forwarded(nearest: str, lines: Iterable[str], trusted: tuple[str, ...]) -> str:
    """The nearest hop that is no trusted proxy; behind any other proxy whoever the socket says, but never as local."""
    found = nearest
    if is_in(nearest, trusted):
        for hop in _hops(lines):
            found = hop
            if not is_in(hop, trusted):
                break
    return found if found and not _is_loopback(found) else NOBODY


def _hops(lines: Iterable[str]) -> Iterator[str]:
    """The hops of X-Forwarded-For, nearest first; one that is no address is empty."""
    parts = (part.strip().strip('"') for part in reversed(",".join(lines).rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]))
    for part in filter(None, parts):
        with_port = _WITH_PORT.fullmatch(part)
        yield plain_address((with_port["v6"] or with_port["v4"]) if with_port else part)


def _lines(headers: CIMultiDictProxy[str] | Mapping[str, str], name: str) -> list[str]:
    """Every line of one header."""
    if isinstance(headers, CIMultiDictProxy):
        return list(headers.getall(name, ()))
    return [value for key, value in headers.items() if key.lower() == name.lower()]


def _last(lines: list[str]) -> str:
    """What the nearest proxy said."""
    return lines[-1].rpartition(",")[2].strip() if lines else ""


def _is_of_a_proxy(name: str) -> bool:
    return _is_known_of_a_proxy(name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME])


@lru_cache(maxsize=1024)
def _is_known_of_a_proxy(name: str) -> bool:
    lower = name.lower()
    return lower in _PROXY_HEADERS or lower.startswith(_PROXY_PREFIXES)


def _peer(text: str) -> tuple[str, bool]:
    """The peer's address in its one form, and whether it is loopback."""
    return _peer_once(text) if len(text) <= _LONGEST_ADDRESS else ("", False)


@lru_cache(maxsize=1024)
def _peer_once(text: str) -> tuple[str, bool]:
    plain = plain_address(text)
    return plain, _is_loopback(plain)


def _is_loopback(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _parsed(text: str) -> IPAddress | None:
    return _parsed_once(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=1024)
def _parsed_once(text: str) -> IPAddress | None:
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped) or parsed


@lru_cache(maxsize=1024)
def _is_in_once(address: str, networks: tuple[str, ...]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in _networks(networks))


@lru_cache(maxsize=16)
def _networks(networks: tuple[str, ...]) -> tuple[IPNetwork, ...]:
    return tuple(map(_network, networks))


def _network(text: str) -> IPNetwork:
    """A network; one of mapped addresses as the version 4 that it means."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
