"""What stands in a capture for people and their lists? Invented values, the same for the same wherever it stands.

Nothing is kept because it looks harmless: each value is kept only in a form that is known, else it is left out.
"""

import html
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

ORIGIN = "https://www.imdb.com"
_ELSEWHERE = "https://elsewhere.invalid"
LEFT_OUT = "…"
_ID = re.compile(r"(?<![a-z0-9])(?:(?P<kind>ur|ls|li|nm|rm|vi|co)[\s_-]?\d{3,}|p\.[a-z0-9]{8,})", re.IGNORECASE)
_TOKEN = re.compile(r"(?=\S*\d)\S{20,}|\S+@\S+|\S{40,}")
"""A run that is no word of a title: a key, a cursor, an address of a person."""
_WORD = re.compile(r"[A-Za-z][A-Za-z_]{0,39}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_SEGMENTS = frozenset({"user", "list", "watchlist", "ratings", "registration", "signin", "ap", "title", "name", ""})
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]{2,4})?", re.ASCII)
_QUERY = {
    "page": re.compile(r"\d{1,4}", re.ASCII),
    "sort": re.compile(r"[a-z_]{1,30}(?:(?:%2C|,)(?:asc|desc))?", re.IGNORECASE | re.ASCII),
    "view": re.compile(r"[a-z]{1,10}", re.ASCII),
}
_HEADERS = {
    "content-type": re.compile(r"[a-z]+/[a-z+.-]+(?:; ?charset=[a-z0-9-]{1,12})?", re.IGNORECASE | re.ASCII),
    "retry-after": re.compile(r"\d{1,6}|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII),
    "x-amzn-waf-action": re.compile(r"challenge|captcha", re.ASCII),
}
_MOST_DECODINGS = 4
_SHAPES = {"ur": "ur{:012}", "ls": "ls{:012}", "li": "li{:012}", "nm": "nm{:010}", "p.": "p.invented{:016}"}


class Inventions:
    """Remembers what each value was replaced with."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def id(self, value: str) -> str:
        """Another id of the same kind; what is none becomes one of no kind."""
        given = value.strip().lower()
        kind = given[:2] if _ID.fullmatch(given) else ""
        shape = _SHAPES.get(kind, "id{:012}")
        return self._ids.setdefault(given, shape.format(len(self._ids) + 1))

    def token(self, value: str) -> str:
        """Another cursor."""
        return self._tokens.setdefault(value, f"cursor-{len(self._tokens) + 1}")

    def name(self, value: str) -> str:
        """Another person."""
        return self._names.setdefault(_decoded(value).lower(), f"Invented Person {len(self._names) + 1}")

    def is_name(self, word: str) -> bool:
        """Whether a word is a person's name or a part of one."""
        return any(word.lower() in name.split() for name in self._names)

    def text(self, value: str) -> str:
        """Words that may stay, such as a title's name, with everything in them replaced that is no word."""
        plain = _decoded(value)[:_LONGEST]
        is_short = len(value) <= _LONGEST
        if is_short and not (_ID.search(plain) or _TOKEN.search(plain) or self._names_in(plain)):
            return value
        replaced = _TOKEN.sub(LEFT_OUT, _ID.sub(lambda found: self.id(found[0]), plain))
        for name in self._names_in(replaced):
            form = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
            replaced = form.sub(self._names[name], replaced)
        return replaced

    def word(self, value: str) -> str:
        """A word of IMDb's own, such as a type."""
        return value if not value or _WORD.fullmatch(value) else LEFT_OUT

    def moment(self, value: str) -> str:
        """A time."""
        return value if not value or _MOMENT.fullmatch(value) else LEFT_OUT

    def address(self, url: str, origin: str) -> str:
        """An address without all that is not known to be harmless; ``origin`` is the site that is read."""
        parts = urlsplit(url)
        place = ORIGIN if f"{parts.scheme}://{parts.netloc}" == origin else _ELSEWHERE
        path = "/".join(self._segment(unquote(each)) for each in parts.path.split("/"))
        query = "&".join(each for each in parts.query.split("&") if _is_harmless(each))
        return f"{place}{path}?{query}" if query else f"{place}{path}"

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The few headers that are read, where their values are of a known form."""
        return {
            name: value if form.fullmatch(value) else LEFT_OUT
            for name, form in _HEADERS.items()
            if (value := headers.get(name)) is not None
        }

    def _segment(self, segment: str) -> str:
        if segment.lower() in _SEGMENTS or _LANGUAGE.fullmatch(segment):
            return segment
        return self.id(segment) if _ID.fullmatch(segment) else LEFT_OUT

    def _names_in(self, text: str) -> list[str]:
        within = text.lower()
        return [name for name in self._names if len(name) > _SHORTEST_NAME and name in within]


def _decoded(value: str) -> str:
    """A text without percent-encoding and entities, however often it was encoded."""
    for _ in range(_MOST_DECODINGS):
        plain = html.unescape(unquote(value))
        if plain == value:
            break
        value = plain
    return value.strip()


def _is_harmless(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name in _QUERY and _QUERY[name].fullmatch(value) is not None


_SHORTEST_NAME = 2
_LONGEST = 2_000
"""Characters of a text; what is longer is cut when it is read, too."""
