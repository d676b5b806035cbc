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


def blocked_urls(origin: str, allowed_hosts: Iterable[str]) -> list[dict[str, Any]]:
    """Rules for ``Network.setBlockedURLs``, the first that matches counts: no decoration, then the site, then none."""
    hosts = [origin.partition("://")[2], *allowed_hosts]
    rules: list[dict[str, Any]] = [{"urlPattern": f"*://*:*/*.{ending}", "block": True} for ending in _NEVER_NEEDED]
    rules += [{"urlPattern": f"*://{_pattern(host)}/*", "block": False} for host in hosts]
    return [*rules, {"urlPattern": "*://*:*/*", "block": True}]


def _pattern(host: str) -> str:
    return host if ":" in host else f"{host}:*"
