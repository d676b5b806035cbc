"""What do lists hold that are not of titles?"""

import random
from functools import lru_cache
from typing import Any

from watchsync.demo import words
from watchsync.demo.states import Show

TYPE_IDS = {Show.PEOPLE: "PEOPLE", Show.IMAGES: "IMAGES"}
"""``listType.id`` by state; every other list is of ``TITLES``."""
COUNT = 40


def type_id(show: Show) -> str:
    """``listType.id`` of a list in a state."""
    return TYPE_IDS.get(show, "TITLES")


@lru_cache
def people() -> tuple[tuple[str, str], ...]:
    """Ids and names."""
    rng = random.Random("people")  # noqa: S311 - invented, not secret
    return tuple(
        (f"nm{rng.randrange(10**7):07}", f"{rng.choice(words.GIVEN)} {rng.choice(words.FAMILY)}") for _ in range(COUNT)
    )


def container(show: Show, origin: str) -> dict[str, Any]:
    """The search of a list of people or of images, under its name."""
    edges = _name_edges(origin) if show is Show.PEOPLE else _image_edges(origin)
    field = "nameListItemSearch" if show is Show.PEOPLE else "imageItems"
    page_info = {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None}
    return {field: {"__typename": "ListItemSearchConnection", "total": COUNT, "pageInfo": page_info, "edges": edges}}


def _name_edges(origin: str) -> list[dict[str, Any]]:
    return [
        {
            "node": {"itemId": f"li{place:09}", "absolutePosition": place, "createdDate": "2024-02-03T10:00:00.000Z"},
            "listItem": {
                "__typename": "Name",
                "id": name_id,
                "nameText": {"text": name},
                "primaryImage": {"url": f"{origin}/images/M/{name_id}._V1_.jpg", "width": 1000, "height": 1481},
                "primaryProfessions": [{"category": {"text": "Actor"}}],
                "knownForV2": {"credits": [{"title": {"id": "tt0000001", "titleText": {"text": "A Known Film"}}}]},
            },
        }
        for place, (name_id, name) in enumerate(people(), start=1)
    ]


def _image_edges(origin: str) -> list[dict[str, Any]]:
    return [
        {
            "node": {"itemId": f"li{place:09}", "absolutePosition": place},
            "listItem": {
                "__typename": "Image",
                "id": f"rm{place:07}",
                "url": f"{origin}/images/M/rm{place:07}._V1_.jpg",
            },
        }
        for place in range(1, COUNT + 1)
    ]


def rows(show: Show, origin: str) -> str:
    """The same as rows of markup."""
    if show is Show.IMAGES:
        return "".join(
            f'<a class="titleImageLink" href="/list/ls020000002/mediaviewer/rm{place:07}/">'
            f'<img src="{origin}/images/M/rm{place:07}._V1_UX140_.jpg"></a>'
            for place in range(1, COUNT + 1)
        )
    return "".join(
        f'<li class="ipc-metadata-list-summary-item"><div class="dli-parent">'
        f'<a class="ipc-title-link-wrapper" href="/name/{name_id}/?ref_=nmls_t_{place}">'
        f'<h4 class="ipc-title__text">{place}. {name}</h4></a>'
        f'<a class="ipc-link" href="/title/tt0000001/?ref_=nmls_knf_{place}">A Known Film</a></div></li>'
        for place, (name_id, name) in enumerate(people()[:25], start=1)
    )
