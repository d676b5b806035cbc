"""Pages of the stand-in IMDb, taken apart."""

import json
import re
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from watchsync.demo.rendering import document
from watchsync.demo.selection import Asked
from watchsync.demo.states import Show, Size

ORIGIN = "http://stand-in"
LISTS = ("titleListItemSearch", "advancedTitleSearch", "nameListItemSearch", "imageItems")


@dataclass(frozen=True, slots=True)
class Seen:
    """One page: its text, what of it is visible, its JSON text and its JSON."""

    html: str
    markup: LexborHTMLParser
    text: str | None
    data: Any

    @property
    def props(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data["props"]["pageProps"]
        return found

    @property
    def holder(self) -> dict[str, Any]:
        """A watchlist or a list with a name."""
        (found,) = self.props["mainColumnData"].values()
        assert isinstance(found, dict)
        return found

    @property
    def container(self) -> dict[str, Any]:
        column = self.props["mainColumnData"]
        if "advancedTitleSearch" in column:
            found: dict[str, Any] = column["advancedTitleSearch"]
            return found
        (name,) = set(LISTS) & set(self.holder)
        inner: dict[str, Any] = self.holder[name]
        return inner

    @property
    def edges(self) -> list[Any]:
        found: list[Any] = self.container["edges"]
        return found

    @property
    def ids(self) -> list[str]:
        return [edge["listItem"]["id"] for edge in self.edges]

    def visible(self, selector: str = "body") -> list[str]:
        return [found.text(separator=" ", strip=True) for found in self.markup.css(selector)]

    @property
    def ld_ids(self) -> list[str]:
        """Title ids of its JSON-LD."""
        scripts = self.markup.css('script[type="application/ld+json"]')
        return [re.search(r"tt\d+", each["item"]["url"])[0] for one in scripts for each in _elements(one.text())]

    @property
    def row_ids(self) -> list[str]:
        """Ids of its visible rows, in order."""
        links = self.markup.css("li.ipc-metadata-list-summary-item a.ipc-title-link-wrapper")
        return [re.search(r"(?:tt|nm)\d+", link.attributes["href"] or "")[0] for link in links]


def _elements(json_ld: str) -> list[Any]:
    found: list[Any] = json.loads(json_ld)["itemListElement"]
    return found


def page(
    slug: str, show: Show = Show.OK, number: int = 1, *, size: Size = Size.SMALL, sort: str = "", reading: int = 1
) -> Seen:
    """A page as the stand-in makes it."""
    return taken_apart(document(Asked(slug, number, show, ORIGIN, size, sort, reading)).decode())


def taken_apart(html: str) -> Seen:
    """A page as it came."""
    found = re.search(r'<script id="__NEXT_DATA__" type="application/json">(.*?)</script>', html, re.DOTALL)
    text = found[1] if found else None
    shown = LexborHTMLParser(html)
    data = json.loads(text) if text is not None else None
    for hidden in shown.css("script:not([type='application/ld+json'])"):
        hidden.decompose()
    return Seen(html, shown, text, data)
