"""Placeholder posters, drawn for each title id."""

import hashlib
import html

from aiohttp import web

from watchsync.demo import words

_PALETTES = (
    ("#1b2a49", "#c94b4b"),
    ("#0f2027", "#2c7744"),
    ("#41295a", "#f27121"),
    ("#141e30", "#4ca1af"),
    ("#3a1c71", "#d76d77"),
    ("#16222a", "#e6b980"),
    ("#232526", "#b06ab3"),
    ("#004e64", "#f4d35e"),
)


def poster(title_id: str) -> web.Response:
    """A two to three poster as SVG; the same id always looks the same."""
    digest = hashlib.sha256(title_id.encode()).digest()
    dark, light = _PALETTES[digest[0] % len(_PALETTES)]
    first = words.ADJECTIVES[digest[1] % len(words.ADJECTIVES)]
    second = words.NOUNS[digest[2] % len(words.NOUNS)]
    x, y, radius = 60 + digest[3] % 220, 90 + digest[4] % 160, 40 + digest[5] % 70
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 340 504" width="340" height="504">
<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{dark}"/>
<stop offset="1" stop-color="{light}"/></linearGradient></defs><rect width="340" height="504" fill="url(#g)"/>
<circle cx="{x}" cy="{y}" r="{radius}" fill="{light}" opacity=".55"/>
<path d="M0 {340 + digest[6] % 40} Q 90 {280 + digest[7] % 60} 180 {330 + digest[8] % 40} T 340 330 V504 H0Z"
 fill="{dark}" opacity=".8"/>
<g fill="#fff" font-family="Georgia,serif" text-anchor="middle"><text x="170" y="408" font-size="40">{first}</text>
<text x="170" y="450" font-size="40">{second}</text>
<text x="170" y="482" font-size="15" opacity=".7" font-family="sans-serif">{html.escape(title_id)}</text></g></svg>"""
    headers = {"Cache-Control": "public, max-age=86400"}
    return web.Response(text=svg, content_type="image/svg+xml", headers=headers)
