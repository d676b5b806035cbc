"""What must nobody see? Secrets are masked in all that this process says."""

import re
import sys
import traceback
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date
from types import TracebackType
from urllib.parse import parse_qsl, quote, unquote

MASK = "********"
_SHORTEST = 5
"""A shorter secret would mask ordinary words; in addresses those of any length are masked."""
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<user>[^@/?#]*)@)?(?P<place>[^@?#]*)(?:\?(?P<query>[^#]*))?", re.IGNORECASE
)
_HOSTS = re.compile(r"(?:(?:\[[0-9a-f:.%a-z]+\]|[\w.-]+)(?::\d{0,5})?(?:,|(?=/)|$))*(?:/[^@]*)?", re.IGNORECASE)
_WORD = r"(?:pass(?:word|wd)?|pwd|[\w-]*token|[\w-]*key|secret|auth|username|user)"
_GENERIC = (
    (re.compile(r"\b((?:rediss?|unix|wss?|redis\+\w+|rediss\+\w+)://)[^\s'\"<>]*@", re.IGNORECASE), r"\1…@"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/?#'\"<>@]*(?:@[^\s/?#'\"<>@]*)*@", re.IGNORECASE), r"\1…@"),
    (re.compile(rf"([?&;]{_WORD}=)[^&;\s'\"<>]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\b(Bearer|Basic)(\s+)[A-Za-z0-9._~+/=-]{8,}"), rf"\1\2{MASK}"),
)


class _Known:
    """The secrets of this process in every form in which they may be written."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secrets: Iterable[str]) -> None:
        for secret in secrets:
            self._forms |= {form for form in _forms(secret) if len(form) >= _SHORTEST}
        if self._forms:
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def masked(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


_known = _Known()


def remember(secrets: Iterable[str]) -> None:
    """From now on mask these secrets, as they are and percent-encoded, decoded or in base64."""
    _known.add(secrets)


def redact(text: str) -> str:
    """The text without secrets: those that are known, and whatever stands where an address holds one."""
    masked = _known.masked(text)
    for pattern, instead in _GENERIC:
        masked = pattern.sub(instead, masked)
    return masked


def redact_value(value: object) -> object:
    """The same for all that stands in a value; what is neither text, number, date nor collection becomes text."""
    if value is None or isinstance(value, bool | int | float | date):
        return value
    if isinstance(value, Mapping):
        return {_redacted_name(name): redact_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(inner) for inner in value]
    if isinstance(value, bytes | bytearray):
        return redact(value.decode(errors="replace"))
    return redact(str(value))


def shown(url: str) -> str:
    """An address of a service for people: where it is, and never with whose password or with which options."""
    scheme, is_address, _ = url.partition("://")
    parts = _ADDRESS.fullmatch(url)
    if parts is None or not _HOSTS.fullmatch(parts["place"]):
        return f"{scheme}://…" if is_address else "…"
    user = "…@" if parts["user"] is not None else ""
    options = "?…" if parts["query"] is not None else ""
    return f"{parts['scheme']}://{user}{parts['place']}{options}"


def shown_origin(url: str) -> str:
    """The same for an address whose path may hold a secret too."""
    scheme, _, rest = shown(url).partition("://")
    host, path, _ = rest.partition("/")
    return f"{scheme}://{host.partition('?')[0]}{'/…' if path or '?' in rest else ''}"


def secrets_in(url: str) -> list[str]:
    """What in an address opens a door: the whole of it, its password, a name without one, and its options."""
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        return [url]
    name, _, password = (parts["user"] or "").partition(":")
    found = [parts["user"], password] if password else [name]
    found += [value for _, value in parse_qsl(parts["query"] or "") if len(value) > _SHORTEST]
    if parts["user"] or parts["query"]:
        found.append(url)
    return [part for part in found if part not in {"", "default", None}]


def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python prints of an error that nobody caught, without secrets."""
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _redacted_name(name: object) -> object:
    return redact(name) if isinstance(name, str) else name


def _forms(secret: str) -> set[str]:
    decoded = unquote(secret)
    plain = {secret, decoded}
    encoded = {quote(form, safe="") for form in plain} | {quote(form) for form in plain}
    hidden = {b64encode(form.encode(errors="replace")).decode().rstrip("=") for form in plain}
    return plain | encoded | hidden | {repr(form)[1:-1] for form in plain}
