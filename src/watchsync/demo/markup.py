"""How does IMDb write a list as markup, for people to see?"""

import html
import random

from watchsync.demo import old_form, others, wounds
from watchsync.demo.lists import InventedRow
from watchsync.demo.selection import PAGE_SIZE, Asked, Selection
from watchsync.demo.states import Show, Size

SHOWN_ROWS = 25
"""Rows in the markup before anybody scrolls."""
_ICON_CHARACTERS = {Size.FULL: 8_900, Size.SMALL: 60}
_CONSENT = '<div role="dialog"><p>We use cookies.</p><button data-testid="accept-button">Accept</button></div>'
_PRIVATE = (
    '<section data-testid="list-page-mc-private-list-content"><div class="sc-6f1d8b2e-0">This list is private</div>'
    "<p>The creator of this list has not enabled public viewing</p></section>"
)
_EMPTY = '<section class="sc-77a1c0de-1"><p>This list is empty.</p></section>'
_GONE = '<div class="sc-1c9a3f00-2">This item does not exist and should be removed</div>'


def _drawn(characters: int) -> bytes:
    rng = random.Random("icon")  # noqa: S311 - invented, not secret
    path = "".join(f"l{rng.randrange(90)} {rng.randrange(90)}" for _ in range(characters // 6))
    return f'<svg class="ipc-icon" viewBox="0 0 24 24"><path d="M0 0{path}z"></path></svg>'.encode()


_ICONS = {size: _drawn(characters) for size, characters in _ICON_CHARACTERS.items()}
_ICON = "<svg></svg>"
"""Stands where an icon will be: most of a row is drawing, and text that is not ASCII is slow to put together."""


def illustrated(written: bytes, size: Size) -> bytes:
    """Markup with its icons."""
    return written.replace(_ICON.encode(), _ICONS[size])


def body(asked: Asked, shown: Selection) -> str:
    """What a person sees of a page below its bar."""
    if asked.show is Show.GONE_DARK:
        return ""
    if asked.show is Show.PRIVATE:
        return _PRIVATE
    if asked.show in others.TYPE_IDS:
        return _list(others.rows(asked.show, asked.origin), 1, others.COUNT, others.COUNT)
    if asked.show is Show.OLD_FORM:
        return old_form.body(asked, shown)
    if not shown.total:
        return _EMPTY
    if asked.show is Show.DRIFTED_LD:
        return ""
    count = PAGE_SIZE if asked.show is Show.ALL_SHOWN else SHOWN_ROWS
    rows = "".join(_row(asked, row, place) for place, row in enumerate(shown.rows[:count], start=shown.first))
    last = shown.first - 1 + len(shown.rows)
    return (_CONSENT if asked.show is Show.CONSENT else "") + _list(rows, shown.first, last, shown.total)


def _list(rows: str, first: int, last: int, total: int) -> str:
    """Rows under the line that says which they are; it does not say of what."""
    return (
        '<h1 class="ipc-title__text">Watchlist</h1><div data-testid="list-page-mc-total-items" class="sc-4f2d9e11-0">'
        f'<div><span>{first:,}-{last:,}</span><span>of {total:,}</span></div></div><div class="sc-4f2d9e11-3">'
        f'<ul class="ipc-metadata-list detailed-list-view">{rows}</ul></div>'
    )


def _row(asked: Asked, row: InventedRow, place: int) -> str:
    if _is_gone(asked.show, place):
        return f'<li class="ipc-metadata-list-summary-item">{_GONE}</li>'
    image = f"{asked.origin}/images/M/{row.title_id}._V1_UX90_CR0,1,90,133_.jpg"
    rated = f'<div class="dli-user-list-item-date-added">Rated on {_day(row)}</div>' if asked.is_ratings else ""
    prefix = "rt" if asked.is_ratings else "wl"
    return (
        '<li class="ipc-metadata-list-summary-item"><div class="sc-9f2c1a70-0 dli-parent">'
        f'<div class="sc-9f2c1a70-1 dli-poster-container"><img class="ipc-image" alt="" src="{image}"></div>{rated}'
        f'<div class="sc-9f2c1a70-2 dli-title"><a class="ipc-title-link-wrapper" href="/title/{row.title_id}/?ref_='
        f'{prefix}_t_{place}"><h4 class="ipc-title__text">{place}. {html.escape(row.name)}</h4></a></div>'
        f'{_metadata(row, place)}{_rating(row)}<div class="sc-9f2c1a70-6 dli-plot">{html.escape(row.plot or "")}</div>'
        f'<a class="ipc-link" href="/name/nm0000001/">{html.escape(row.director)}</a>{_ICON}</div></li>'
    )


def _is_gone(show: Show, place: int) -> bool:
    return show in wounds.LOST and wounds.is_wounded(place)


def _day(row: InventedRow) -> str:
    """``Aug 24, 2026``; a rating always has one."""
    return f"{row.added:%b} {row.added.day}, {row.added.year}" if row.added else "Jan 1, 2014"


def _metadata(row: InventedRow, place: int) -> str:
    """Years, runtime and certificate as bare items. How a type is shown is not known, so it is in one of three ways."""
    minutes = (row.runtime_seconds or 0) // 60
    facts = [_years(row), f"{minutes // 60}h {minutes % 60}m" if minutes else "", "" if place % 3 else "PG-13"]
    if place % 3 == 1:
        facts.append(row.label)
    items = "".join(f'<li class="ipc-inline-list__item">{fact}</li>' for fact in facts if fact)
    label = f'<span class="dli-title-type-data">{row.label}</span>' if row.label and place % 3 == 2 else ""
    return f'<div class="sc-9f2c1a70-4 dli-title-metadata"><ul class="ipc-inline-list">{items}</ul></div>{label}'


def _years(row: InventedRow) -> str:
    return f"{row.year}\N{EN DASH}{row.end_year}" if row.end_year else str(row.year or "")


def _rating(row: InventedRow) -> str:
    if row.rating is None:
        return ""
    votes = f"{row.votes // 1000}K" if row.votes >= 1000 else str(row.votes)
    return (
        '<div class="dli-ratings-container"><span class="ipc-rating-star" data-testid="ratingGroup--imdb-rating" '
        f'aria-label="IMDb rating: {row.rating}"><span class="ipc-rating-star--rating">{row.rating}</span>'
        f'<span class="ipc-rating-star--voteCount">&nbsp;({votes})</span></span></div>'
    )
