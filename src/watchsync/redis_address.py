"""Which address of a Redis can be used, and what is wrong with one that cannot? Never says what stands in it."""

import ipaddress
import re
from urllib.parse import unquote, urlsplit

SCHEMES = (
    "redis://",
    "rediss://",
    "unix://",
    "redis+sentinel://",
    "redis+cluster://",
    "rediss+sentinel://",
    "rediss+cluster://",
)
_ENCODE = "in a name or password write @ : / ? # and % as %40 %3A %2F %3F %23 and %25"
_NUMBERS = {"db": r"\d{1,5}", "health_check_interval": r"\d{1,5}"} | dict.fromkeys(
    ("socket_timeout", "socket_connect_timeout"), r"\d{1,5}(\.\d+)?"
)
_TEXTS = ("username", "password", "client_name")
_TLS = ("ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
_SENTINELS_OWN = ("sentinel_username", "sentinel_password")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_LONGEST_NAME = 253


def checked(text: str) -> str:
    """The address, its scheme in small letters; raises ValueError that says what is wrong in one line."""
    scheme, mark, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if f"{scheme}{mark}" not in SCHEMES:
        raise ValueError(f"must start with one of {', '.join(SCHEMES)}")
    if not (rest.isprintable() and " " not in rest):
        raise ValueError("holds a space or control character; write it percent-encoded")
    if "#" in rest:
        raise ValueError(f"holds a #; {_ENCODE}")
    if re.search(r"%(?![0-9a-fA-F]{2})", rest.partition("@")[0] if "@" in rest else ""):
        raise ValueError(f"holds a % that begins no percent-encoding; {_ENCODE}")
    address, _, query = rest.partition("?")
    _check_options(query, scheme)
    if scheme == "unix":
        _check_socket(address)
    else:
        _check_place(address, scheme)
    return f"{scheme}://{rest}"


def check_host(host: str) -> None:
    """Raise ValueError where this is neither a name nor an address of a host."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        _check_name(host)


def _check_socket(address: str) -> None:
    if "/" not in address or address.endswith("/"):
        raise ValueError("names no socket; write unix:///path/to/redis.sock")
    before, at, path = address.rpartition("@")
    if not path.startswith("/") or (at and "/" in before):
        raise ValueError("needs the socket's whole path; write unix:///path/to/redis.sock")


def _check_place(address: str, scheme: str) -> None:
    netloc, _, path = address.partition("/")
    user, _, hosts = netloc.rpartition("@")
    if "@" in path or "@" in user:
        raise ValueError(f"holds more than one part that ends in @; {_ENCODE}")
    kind = scheme.partition("+")[2]
    if "," in hosts and kind != "sentinel":
        raise ValueError("names several hosts; only redis+sentinel:// takes more than one")
    try:
        urlsplit(f"redis://{netloc}")
    except ValueError:
        raise ValueError(f"holds a bracket or sign that no address has there; {_ENCODE}") from None
    for host in hosts.split(","):
        _check_host_and_port(host, needs_port=kind == "sentinel")
    database = path.strip("/")
    if kind == "sentinel":
        database = database.partition("/")[2]
    if database and not re.fullmatch(r"[0-9]{1,5}", database):
        raise ValueError(f"must end in a database's number after the host, such as /0; {_ENCODE}")
    if kind == "cluster" and database.strip("0"):
        raise ValueError("names a database; a cluster has none but 0")


def _check_host_and_port(text: str, *, needs_port: bool) -> None:
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError("holds a bracket that is not closed; write [::1]:6379")
        port = port[1:] if port else _usual(needs_port=needs_port)
    elif text.count(":") > 1:
        raise ValueError(f"holds more than one colon after the @; an IPv6 address stands in brackets, and {_ENCODE}")
    else:
        host, colon, port = text.partition(":")
        port = port if colon else _usual(needs_port=needs_port)
    if not host:
        raise ValueError("names no host; write redis://host:6379/0")
    check_host(host)
    if not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
        raise ValueError(f"needs a port from 1 to 65535 after the host's colon; {_ENCODE}")


def _usual(*, needs_port: bool) -> str:
    return "" if needs_port else "6379"


def _check_name(name: str) -> None:
    try:
        plain = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        plain = ""
    labels = plain.removesuffix(".").split(".")
    if len(plain) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("names a host that cannot be; a host is a name such as redis.example or an address")
    if all(label.isdecimal() for label in labels):
        raise ValueError("holds numbers that are no address; an IPv4 address is four numbers up to 255")


def _check_options(query: str, scheme: str) -> None:
    has_tls = scheme.startswith("rediss")
    of_sentinels = _SENTINELS_OWN if scheme.endswith("+sentinel") else ()
    allowed = {*_NUMBERS, *_TEXTS, *of_sentinels, *(_TLS if has_tls else ())}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name not in allowed:
            fix = " (those of TLS go with rediss://)" if name in _TLS else ""
            known = ", ".join(sorted(allowed))
            raise ValueError(f"has an option that is not known here{fix}; there are {known}; {_ENCODE}")
        if name in _NUMBERS and not re.fullmatch(_NUMBERS[name], unquote(value), re.ASCII):
            raise ValueError(f"needs a number for its option {name}")
        if name == "ssl_cert_reqs" and value not in {"none", "optional", "required"}:
            raise ValueError("needs none, optional or required for its option ssl_cert_reqs")
