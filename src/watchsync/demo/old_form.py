"""How did the markup of a list look until 2025?"""

import html

from watchsync.demo.lists import InventedRow
from watchsync.demo.selection import Asked, Selection

_SHOWN_ROWS = 25


def body(asked: Asked, shown: Selection) -> str:
    """Its first rows, under a line that says how many titles there are."""
    rows = "".join(
        _row(row, place, asked.origin) for place, row in enumerate(shown.rows[:_SHOWN_ROWS], start=shown.first)
    )
    return (
        f'<h1>Watchlist</h1><ul data-testid="list-page-mc-total-items"><li>{shown.total:,} titles</li></ul>'
        f'<ul class="ipc-metadata-list">{rows}</ul>'
    )


def _row(row: InventedRow, place: int, origin: str) -> str:
    years = f"{row.year}\N{EN DASH}{row.end_year}" if row.end_year else str(row.year or "")
    label = f'<span class="dli-title-type-data">{row.label}</span>' if row.label else ""
    return (
        f'<li class="ipc-metadata-list-summary-item"><img src="{origin}/images/M/{row.title_id}._V1_UX140_.jpg">'
        f'<a class="ipc-title-link-wrapper" href="/title/{row.title_id}/?ref_=wl_t_{place}">'
        f'<h3 class="ipc-title__text">{place}. {html.escape(row.name)}</h3></a>'
        f'<span class="dli-title-metadata-item">{years}</span>{label}</li>'
    )
