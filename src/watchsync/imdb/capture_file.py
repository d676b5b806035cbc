"""How is a capture written down? One compressed JSON file, in which everything personal is replaced."""

import gzip
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watchsync.browser.session import CapturedResponse
from watchsync.errors import BadInput
from watchsync.imdb.answers import ServiceResponse
from watchsync.imdb.capture_inventions import LEFT_OUT, Inventions
from watchsync.imdb.capture_json import PAGE, SERVICE, reduced
from watchsync.imdb.capture_markup import reduced_markup
from watchsync.imdb.capture_recording import Exchange, Recording
from watchsync.imdb.graphql_queries import Question
from watchsync.imdb.next_data import loaded
from watchsync.imdb.page import LARGEST_TEXT
from watchsync.imdb.rows import Json, listed, mapping
from watchsync.refs import ListKind, ListRef

FORMAT = 1
_LARGEST_FILE = 200_000_000
_KEY = re.compile(r"(?:__)?[A-Za-z]+(?:_[A-Za-z]+)*(?:V\d)?", re.ASCII)
_KINDS = frozenset({"string", "number", "boolean", "more", "texts", "no JSON"})
_VERSION = re.compile(r"[\d.]{1,30}", re.ASCII)
_WAYS = ("page", "remote-page", "graphql")
_BROKEN = "{"
"""Stands for what was no JSON."""


class NoCapture(BadInput):
    """This file is no capture that this version of watchsync can read."""

    code = "no-capture"


@dataclass(frozen=True, slots=True)
class CapturedList:
    """What a capture holds: which list was read by which ways, every exchange, and how it ended."""

    ref: ListRef
    ways: tuple[str, ...]
    browser: Mapping[str, str] | None
    exchanges: Sequence[Json]
    outcome: Json


def written(ref: ListRef, ways: Sequence[str], origin: str, recording: Recording, outcome: Json) -> bytes:
    """The file; ``origin`` is where the pages were read. Its exchanges are as in ``replay``."""
    inventions = Inventions()
    for each in recording.exchanges:  # so that every name is known wherever it stands
        _written(each, origin, inventions)
    data = {
        "format": FORMAT,
        "list": {"kind": ref.kind, "id": inventions.id(ref.id)},
        "ways": list(ways),
        "browser": _browser(recording.browser),
        "outcome": outcome,
        "exchanges": [_written(each, origin, inventions) for each in recording.exchanges],
    }
    return gzip.compress(json.dumps(data, indent=1).encode(), mtime=0)


def read(file: bytes) -> CapturedList:
    """What a file holds; raises NoCapture."""
    data = mapping(loaded(_unpacked(file)))
    named = mapping(data.get("list"))
    ways = tuple(each for each in listed(data.get("ways")) if each in _WAYS)
    if data.get("format") != FORMAT or not ways:
        raise NoCapture
    try:
        ref = ListRef(ListKind(str(named.get("kind"))), ListRef.parse(str(named.get("id"))).id)
    except (ValueError, BadInput):
        raise NoCapture from None
    exchanges = [mapping(each) for each in listed(data.get("exchanges"))]
    return CapturedList(ref, ways, data.get("browser"), exchanges, mapping(data.get("outcome")))


def _unpacked(file: bytes) -> bytes:
    """The text of a file, within a bound."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(file, _LARGEST_FILE)
    except zlib.error:
        raise NoCapture from None
    if not unpacking.eof:
        raise NoCapture
    return text


def _browser(told: Mapping[str, str] | None) -> Json | None:
    if told is None:
        return None
    version = told.get("version", "")
    return {"mode": told.get("mode"), "version": version if _VERSION.fullmatch(version) else LEFT_OUT}


def _written(exchange: Exchange, origin: str, inventions: Inventions) -> Json:
    what = exchange.what
    asked = question(what, inventions) if isinstance(what, Question) else what
    if exchange.how in {"open", "fetch"}:
        asked = inventions.address(str(what), origin)
    elif exchange.how == "lend":
        asked = "a page"
    begun = {"reading": exchange.reading, "how": exchange.how, "what": asked}
    if exchange.error is not None:
        return {**begun, "error": exchange.error.code}
    if isinstance(exchange.response, ServiceResponse):
        return {**begun, **_of_service(exchange.response, inventions)}
    if isinstance(exchange.response, CapturedResponse):
        return {**begun, **_of_page(exchange.response, origin, inventions), "outline": outlined(exchange.outline)}
    return begun


def question(asked: Question, inventions: Inventions) -> Json:
    """What is asked of the data service, without what it is asked for."""
    after = asked.variables.get("after")
    ids = {name: inventions.id(str(asked.variables[name])) for name in _IDS if name in asked.variables}
    return {"field": asked.field, **ids, "after": inventions.token(after) if isinstance(after, str) else None}


_IDS = ("id", "userId", "profileId")


def _of_page(response: CapturedResponse, origin: str, inventions: Inventions) -> Json:
    text = response.captured
    if text.startswith("<"):
        body: Json = {"text": reduced_markup(text, inventions)}
    elif len(text) > LARGEST_TEXT:
        body = {"spaces": len(text)}
    else:
        body = _json(loaded(text), PAGE, inventions) if text else {"text": ""}
    return {
        "status": response.status,
        "headers": inventions.headers(response.headers),
        "url": inventions.address(response.url, origin) if response.url else "",
        **body,
    }


def _of_service(response: ServiceResponse, inventions: Inventions) -> Json:
    headers = inventions.headers(response.headers)
    return {"status": response.status, "headers": headers, **_json(loaded(response.body), SERVICE, inventions)}


def _json(data: object, shape: Any, inventions: Inventions) -> Json:
    if not isinstance(data, dict):
        return {"text": _BROKEN}
    return {"json": reduced(data, shape, inventions)}


def outlined(value: object) -> Any:
    """The outline of a page's JSON: keys, and kinds in the place of values."""
    if isinstance(value, dict):
        return {key: outlined(each) for key, each in value.items() if _KEY.fullmatch(key)}
    if isinstance(value, list):
        return [outlined(each) for each in value]
    return value if value is None or value in _KINDS else LEFT_OUT
