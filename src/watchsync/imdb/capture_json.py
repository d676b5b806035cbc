"""Which values of an answer's JSON stay in a capture? Those that are read, each in a form that is known. Pure.

The shapes below say what is read. Whatever stands elsewhere is not kept; a value of another type than it should have
keeps its type, so that it breaks what it broke.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from watchsync.imdb.capture_inventions import LEFT_OUT, Inventions

Leaf: TypeAlias = Callable[[Inventions, str], str]
Shape: TypeAlias = "Leaf | Mapping[str, Shape] | Keyed"
_TITLE = re.compile(r"tt\d{7,10}", re.ASCII)
_TITLE_ADDRESS = re.compile(r"/title/(tt\d{7,10})(?!\d)", re.ASCII)
_DAY = re.compile(r"(?:[A-Za-z]{1,10} ){0,2}[A-Z][a-z]{2} \d{1,2}, \d{4}", re.ASCII)
_PICTURE = "https://m.media-amazon.com/images/M/invented._V1_.jpg"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MOST_ENTRIES = 1_000


class Keyed:
    """An object whose keys are of a form, and whose values all have one shape; or a text in its place."""

    def __init__(self, keys: str, shape: "Shape", text: Leaf | None = None) -> None:
        self.keys = re.compile(keys, re.ASCII)
        self.shape = shape
        self.text = text


def reduced(value: object, shape: Shape, inventions: Inventions) -> Any:
    """The value as far as it has the shape, with everything personal replaced."""
    if isinstance(value, list):
        return [reduced(each, shape, inventions) for each in value[:_MOST_ENTRIES]]
    if isinstance(value, dict):
        if isinstance(shape, Keyed):
            named = {key: each for key, each in value.items() if shape.keys.fullmatch(key)}
            return {key: reduced(each, shape.shape, inventions) for key, each in named.items()}
        if callable(shape):
            return {}
        return {key: reduced(value[key], inner, inventions) for key, inner in shape.items() if key in value}
    if isinstance(value, str):
        leaf = shape.text if isinstance(shape, Keyed) else shape
        return leaf(inventions, value) if callable(leaf) and value else value and LEFT_OUT
    if isinstance(value, bool) or value is None:
        return value
    return value if shape in _MAY_BE_NUMBERS else 0


def picture(_: Inventions, url: str) -> str:
    """One picture for all, by the same scheme; what is no address stays none."""
    scheme = url.partition("://")[0]
    return _PICTURE.replace("https", scheme) if scheme in {"http", "https"} else LEFT_OUT


def day(_: Inventions, value: str) -> str:
    """A day as people write it."""
    return value if _DAY.fullmatch(value.strip()) else LEFT_OUT


def _text(inventions: Inventions, value: str) -> str:
    return inventions.text(value)


def _plot(_: Inventions, value: str) -> str:
    """A plot names people; that it was cut in the middle of a character is kept."""
    return "What happens." + "".join(_SURROGATE.findall(value)[:1])


def _word(inventions: Inventions, value: str) -> str:
    return inventions.word(value)


def _moment(inventions: Inventions, value: str) -> str:
    return inventions.moment(value)


def _id(inventions: Inventions, value: str) -> str:
    return inventions.id(value)


def _name(inventions: Inventions, value: str) -> str:
    return inventions.name(value)


def _cursor(inventions: Inventions, value: str) -> str:
    return inventions.token(value)


def _title_id(inventions: Inventions, value: str) -> str:
    return value if _TITLE.fullmatch(value) else inventions.id(value)


def _title_address(_: Inventions, value: str) -> str:
    found = _TITLE_ADDRESS.search(value)
    return f"https://www.imdb.com/title/{found[1]}/" if found else LEFT_OUT


def _list_name(_: Inventions, value: str) -> str:
    return value if value == "WATCHLIST" else "A list"


def _message(inventions: Inventions, value: str) -> str:
    """The words of a message; names of fields among them say what changed."""
    words = (inventions.word(each.strip("'\".,:;")) for each in value[:300].split())
    return " ".join(LEFT_OUT if inventions.is_name(word) else word for word in words)


def _number(_: Inventions, __: str) -> str:
    return LEFT_OUT


_MAY_BE_NUMBERS = (_number, _text, _plot, _word, _moment)
_TEXT: Shape = {"text": _text}
_TYPE: Shape = {"id": _word}
_VISIBILITY = Keyed("id", _word, text=_word)
_CREDITS: Shape = {
    "grouping": {"text": _word},
    "category": {"text": _word},
    "credits": {"name": {"nameText": {"text": _name}}},
}
_ITEM: Shape = {
    "id": _title_id,
    "titleText": _TEXT,
    "originalTitleText": _TEXT,
    "titleType": {"id": _word, "canHaveEpisodes": _number},
    "releaseYear": {"year": _number, "endYear": _number},
    "releaseDate": {"day": _number, "month": _number, "year": _number},
    "primaryImage": {"url": picture},
    "ratingsSummary": {"aggregateRating": _number, "voteCount": _number},
    "runtime": {"seconds": _number},
    "certificate": {"rating": _text},
    "titleGenres": {"genres": {"genre": _TEXT}},
    "plot": {"plotText": {"plainText": _plot}},
    "metacritic": {"metascore": {"score": _number}},
    "series": {
        "series": {
            "id": _title_id,
            "titleText": _TEXT,
            "originalTitleText": _TEXT,
            "releaseYear": {"year": _number},
        }
    },
    "productionStatus": {"currentProductionStage": {"id": _word}},
    "principalCredits": _CREDITS,
    "principalCreditsV2": _CREDITS,
}
_NODE: Mapping[str, Shape] = {"itemId": _id, "absolutePosition": _number, "createdDate": _moment}
_SEARCH: Shape = {
    "total": _number,
    "pageInfo": {"hasNextPage": _number, "endCursor": _cursor},
    "edges": {
        "node": {**_NODE, "listItem": _ITEM, "item": _ITEM, "title": _ITEM},
        "listItem": _ITEM,
        "title": _ITEM,
    },
}
_LIST: Shape = {
    "id": _id,
    "name": {"originalText": _list_name},
    "author": {"username": {"text": _name}, "userId": _id},
    "lastModifiedDate": _moment,
    "listType": _TYPE,
    "visibility": _VISIBILITY,
    "titleListItemSearch": _SEARCH,
    "advancedTitleSearch": _SEARCH,
    "nameListItemSearch": {},
    "imageItems": {},
}


PAGE: Shape = {
    "props": {
        "pageProps": {
            "totalItems": _number,
            "showPrivateListMessaging": _number,
            "listType": _TYPE,
            "aboveTheFoldData": {
                "authorName": _name,
                "authorId": _id,
                "authorProfileId": _id,
                "listId": _id,
                "visibility": _VISIBILITY,
                "lastModifiedDate": _moment,
            },
            "ratedOn": Keyed(r"tt\d{7,10}", day),
            "mainColumnData": Keyed(r"list|\d{1,3}", _LIST),
        }
    }
}
"""What ``capture.js`` leaves of a page's own JSON."""
SERVICE: Shape = {
    "data": {"list": _LIST, "predefinedList": _LIST, "userProfile": {"userId": _id}},
    "errors": {"message": _message, "extensions": {"code": _word}},
}
"""What the data service answers."""
_JSON_LD_LIST: Mapping[str, Shape] = {
    "@type": _word,
    "itemListElement": {
        "@type": _word,
        "position": _number,
        "url": _title_address,
        "item": {
            "@type": _word,
            "url": _title_address,
            "name": _text,
            "image": picture,
            "genre": _text,
            "description": _plot,
            "aggregateRating": {"ratingValue": _number, "ratingCount": _number},
        },
    },
}
JSON_LD: Shape = {**_JSON_LD_LIST, "@graph": _JSON_LD_LIST}
"""What is read of a page's JSON-LD."""
