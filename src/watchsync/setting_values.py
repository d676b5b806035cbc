"""Which values may a setting have? Pure checks, whose errors never say what stands in a secret."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from watchsync.api_tokens import ApiToken
from watchsync.redis_address import check_host, checked

STRATEGIES = ("page", "graphql")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _tokens(value: object) -> object:
    return ApiToken.parse_all(value) if isinstance(value, str) else value


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"'{text}' is not an address or CIDR such as 10.0.0.0/8") from None
    return text


def _address(text: str, schemes: tuple[str, ...], instead: str) -> str:
    """An address with a host that can be; raises ValueError, which does not say what stands in it."""
    scheme, mark, rest = text.partition("://")
    if f"{scheme.lower()}{mark}" not in schemes:
        raise ValueError(instead)
    try:
        host, _ = urlsplit(text).hostname, urlsplit(text).port
    except ValueError:
        raise ValueError("has a host or port that cannot be read") from None
    if not host or not text.isprintable() or " " in text:
        raise ValueError("names no host" if not host else "holds a space or control character")
    check_host(host)
    return f"{scheme.lower()}://{rest}"


def _web(text: str) -> str:
    return _address(text, ("http://", "https://"), "must start with http:// or https://").rstrip("/")


def _origin(text: str) -> str:
    """Where the world reaches us: links are made of it, so nothing may stand behind host and port."""
    said = "must be an origin such as https://watchsync.example, with at most a port behind the host"
    if not text.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    address = text.rstrip("/")
    try:
        given = urlsplit(address)
        is_whole = bool(given.hostname) and given.port != 0
    except ValueError:
        raise ValueError(said) from None
    if not is_whole or not _HOST.fullmatch(given.netloc):
        raise ValueError(said)
    if given.path.strip("/") or given.query or given.fragment or "?" in text or "#" in text:
        raise ValueError(
            f"must end after the host, as in {given.scheme}://{given.netloc}: below a path nothing would be found. "
            "Give watchsync a host of its own"
        )
    return f"{given.scheme}://{given.netloc}".lower()


def _redis(value: SecretStr) -> SecretStr:
    return SecretStr(checked(value.get_secret_value()))


def _cdp(value: SecretStr) -> SecretStr:
    schemes = ("http://", "https://", "ws://", "wss://")
    return SecretStr(
        _address(value.get_secret_value(), schemes, "must be a CDP address: http(s):// or ws(s)://, then a host")
    )


def _host(text: str) -> str:
    host = text.removeprefix("[").removesuffix("]")
    if "/" in host or (host.count(":") == 1 and not host.startswith(":")):
        raise ValueError("must be an address or name alone, without http:// and port, such as 0.0.0.0 or ::")
    check_host(host)
    return host


def _path(value: object) -> object:
    try:
        return Path(value).expanduser() if isinstance(value, str | Path) else value
    except RuntimeError:
        raise ValueError("begins with ~ and a name that no user of this machine has") from None


def _bearer(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("must be the token alone, in ASCII: no `Bearer`, quotes, spaces or lines")
    return value


def _strategies(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or (unknown := sorted(set(names) - set(STRATEGIES))):
        raise ValueError(f"'{unknown[0] if names else ''}' is no strategy; there are {', '.join(STRATEGIES)}")
    return names


def _header_value(text: str) -> str:
    if not (text.isascii() and text.isprintable() and len(text) <= 200):
        raise ValueError("must be at most 200 printable ASCII characters, as it is sent in a header")
    return text.strip()


Web = Annotated[str, AfterValidator(_web)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Port = Annotated[int, Field(ge=0, le=65535)]
OwnPath = Annotated[Path, BeforeValidator(_path)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
CdpUrl = Annotated[SecretStr, AfterValidator(_cdp)]
BearerToken = Annotated[SecretStr, AfterValidator(_bearer)]
Host = Annotated[str, AfterValidator(_host)]
Origin = Annotated[str, AfterValidator(_origin)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Strategies = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_strategies)]
ApiTokens = Annotated[tuple[ApiToken, ...], NoDecode, BeforeValidator(_tokens)]
