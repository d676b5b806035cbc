"""How does IMDb write one row of a list as JSON?"""

from typing import Any

from watchsync.demo.lists import InventedRow
from watchsync.demo.states import Size

_NOISE_CHARACTERS = {Size.FULL: 1_500, Size.SMALL: 0}
"""Real rows carry some 4 kB each; most of it is of no use to anybody."""
_NOISE = {size: "x" * count for size, count in _NOISE_CHARACTERS.items()}
Json = dict[str, Any]


class _Types(dict[str, str]):
    """The type of what stands in a field: mostly the name of the field."""

    def __missing__(self, field: str) -> str:
        return self.setdefault(field, field[0].upper() + field[1:])


_TYPES = _Types(
    listItem="Title", title="Title", node="ListItemNode", originalRuntime="Runtime", originalTitleText="TitleText"
)


def edge(row: InventedRow, position: int, origin: str) -> Json:
    """One edge as the GraphQL service answers it."""
    return {"node": _node(row, position), "listItem": _item(row, origin, position)}


def page_edge(row: InventedRow, position: int, origin: str, size: Size, *, is_ratings: bool) -> Json:
    """One edge as a page has it since 2026; one of ratings is the title and nothing else."""
    item = _item(row, origin, position)
    item["originalRuntime"] = item["runtime"]
    item["latestTrailer"] = {"id": "vi0000001", "thumbnail": {"url": f"{origin}/images/T/{_NOISE[size]}"}}
    if is_ratings:
        return _typed({"node": {"title": item}}, "AdvancedTitleSearchEdge")
    return _typed({"node": _node(row, position), "listItem": item}, "TitleListItemSearchEdge")


def old_edge(row: InventedRow, position: int, origin: str, *, is_ratings: bool) -> Json:
    """One edge in the variants that pages had until 2025."""
    node, item = _node(row, position), _item(row, origin, position)
    if position % 2 == 0:
        (group,) = item.pop("principalCreditsV2")
        item["principalCredits"] = [{"category": {"id": "director", "text": "Director"}, "credits": group["credits"]}]
    if is_ratings:
        return {"node": {**node, "title": item}}
    return {"node": node, "listItem": item} if position % 40 else {"node": {**node, "listItem": item}}


def _typed(value: Json, name: str) -> Json:
    """An answer with the name of its type in each object."""
    found: Json = {"__typename": name}
    for key, inner in value.items():
        kind = type(inner)
        if kind is dict:
            found[key] = _typed(inner, _TYPES[key])
        elif kind is list:
            found[key] = [_typed(each, _TYPES[key]) for each in inner]
        else:
            found[key] = inner
    return found


def _node(row: InventedRow, position: int) -> Json:
    note = {"originalText": {"plaidHtml": "a note of the owner"}} if position % 30 == 0 else None
    node: Json = {"itemId": row.item_id, "absolutePosition": position, "description": note}
    if row.added:
        node["createdDate"] = row.added.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return node


def _item(row: InventedRow, origin: str, variant: int) -> Json:
    """A title; its numbers are whole or not, and fields are there or not, by the variant."""
    runtime = row.runtime_seconds
    credit = {"name": {"id": "nm0000001", "nameText": {"text": row.director}}}
    return {
        "id": row.title_id,
        "titleText": {"text": row.name},
        "originalTitleText": {"text": row.name},
        "titleType": {
            "id": row.type_id,
            "text": row.label,
            "canHaveEpisodes": row.type_id in {"tvSeries", "tvMiniSeries", "podcastSeries"},
            "displayableProperty": {"value": {"plainText": row.label}},
        },
        "primaryImage": _image(row, origin),
        "releaseYear": {"year": row.year, "endYear": row.end_year} if row.year else None,
        "releaseDate": {"day": 14, "month": 10, "year": row.year} if row.year and variant % 3 else None,
        "ratingsSummary": {
            "aggregateRating": row.rating,
            "voteCount": float(row.votes) if variant % 5 == 0 else row.votes,
        },
        "runtime": None if runtime is None else {"seconds": float(runtime) if variant % 7 == 0 else runtime},
        "certificate": {"rating": "PG-13"} if variant % 3 == 0 else None,
        "canRate": {"isRatable": True},
        "titleGenres": {"genres": [{"genre": {"text": genre}} for genre in row.genres]} if row.genres else None,
        "plot": {"plotText": {"plainText": row.plot}} if row.plot else None,
        "metacritic": {"metascore": {"score": 40 + variant % 60}} if variant % 4 == 0 else None,
        "productionStatus": {"currentProductionStage": {"id": "released", "text": "Released"}},
        "episodes": None,
        "series": _series(row),
        "principalCreditsV2": [{"grouping": {"groupingId": "amzn1.imdb", "text": "Director"}, "credits": [credit]}],
    }


def _series(row: InventedRow) -> Json | None:
    if row.series is None:
        return None
    series_id, name, year = row.series
    text = {"text": name}
    return {"series": {"id": series_id, "titleText": text, "originalTitleText": text, "releaseYear": {"year": year}}}


def _image(row: InventedRow, origin: str) -> Json | None:
    if not row.has_image:
        return None
    return {
        "id": "rm0000001",
        "width": 1000,
        "height": 1481,
        "url": f"{origin}/images/M/{row.title_id}._V1_.jpg",
        "caption": {"plainText": row.name},
    }
