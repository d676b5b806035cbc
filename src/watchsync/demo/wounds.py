"""What is broken in single rows of a list that is well otherwise?"""

from collections.abc import Callable, Mapping
from typing import Any

from watchsync.demo.states import Show

EVERY = 10
"""One row in so many is wounded: the fifth, the fifteenth, …"""
_HALF_PAIR = b"(half of a pair)"
Edge = dict[str, Any]


def is_wounded(place: int) -> bool:
    """Whether the row at this place of a wounded list, from 1, is broken."""
    return place % EVERY == EVERY // 2


def wounded(edge: Edge, place: int, show: Show) -> Edge | None:
    """An edge as a state leaves it."""
    wound = WOUNDS.get(show)
    if not is_wounded(place) or (wound is None and show is not Show.WOUNDED):
        return edge
    if wound is None:
        wound = tuple(WOUNDS.values())[place // EVERY % len(WOUNDS)]
    return wound(edge)


def written(json: bytes) -> bytes:
    """JSON with its half pairs put in; no writer of JSON lets one pass."""
    return json.replace(_HALF_PAIR, rb"\ud83d")


def _with_item(edge: Edge, change: Callable[[Edge], Edge | None]) -> Edge:
    """An edge with its title changed, wherever that stands."""
    if "listItem" in edge:
        return {**edge, "listItem": change(edge["listItem"])}
    name = "title" if "title" in edge["node"] else "listItem"
    return {**edge, "node": {**edge["node"], name: change(edge["node"][name])}}


def _without_item(edge: Edge) -> Edge:
    node = {name: value for name, value in edge["node"].items() if name not in {"title", "listItem"}}
    return {**{name: value for name, value in edge.items() if name != "listItem"}, "node": node}


def _half_pair(item: Edge) -> Edge:
    return {**item, "plot": {"plotText": {"plainText": f"A story that ends early {_HALF_PAIR.decode()}"}}}


def _numbers(item: Edge) -> Edge:
    return {**item, "titleText": {"text": 2012}, "plot": {"plotText": {"plainText": 7}}, "certificate": {"rating": 16}}


def _unknown_type(item: Edge) -> Edge:
    return {**item, "titleType": {"id": "hologram", "text": "Hologram", "canHaveEpisodes": None}}


WOUNDS: Mapping[Show, Callable[[Edge], Edge | None]] = {
    Show.NULL_EDGE: lambda _: None,
    Show.NULL_ITEM: lambda edge: _with_item(edge, lambda _: None),
    Show.NO_ITEM: _without_item,
    Show.ID_ONLY: lambda edge: _with_item(edge, lambda item: {"id": item["id"]}),
    Show.HALF_PAIR: lambda edge: _with_item(edge, _half_pair),
    Show.NUMBER_FOR_TEXT: lambda edge: _with_item(edge, _numbers),
    Show.UNKNOWN_TYPE: lambda edge: _with_item(edge, _unknown_type),
}
STATES = frozenset({*WOUNDS, Show.WOUNDED})
LOST = frozenset({Show.NULL_EDGE, Show.NULL_ITEM, Show.NO_ITEM})
"""Wounds that leave nothing of a row."""
