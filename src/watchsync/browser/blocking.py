"""What does a page not get to load? Decoration, and whatever comes from other hosts. Pure."""

from collections.abc import Iterable
from typing import Any

_NEVER_NEEDED = (
    "png",
    "jpg",
    "jpeg",
    "webp",
    "gif",
    "svg",
    "ico",
    "avif",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "css",
    "mp4",
    "webm",
    "m3u8",
    "mp3",
)


def blocked_urls(places: Iterable[str]) -> list[dict[str, Any]]:
    """Rules for ``Network.setBlockedURLs``, the first that matches counts: no decoration, then these places, then none.

    ``places`` are ``host:port``; the host may begin with ``*.``.
    """
    rules: list[dict[str, Any]] = [{"urlPattern": f"*://*:*/*.{ending}", "block": True} for ending in _NEVER_NEEDED]
    rules += [{"urlPattern": _pattern(place), "block": False} for place in places]
    return [*rules, {"urlPattern": "*://*:*/*", "block": True}]


def _pattern(place: str) -> str:
    """A scheme's own port is not a part of its addresses."""
    host, _, port = place.rpartition(":")
    scheme = {"443": "https", "80": "http"}.get(port)
    return f"{scheme}://{host}/*" if scheme else f"*://{place}/*"
