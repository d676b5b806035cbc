"""How does IMDb itself export a list? The same columns, for whatever reads them; its own words where we know them."""

import csv
import io
from typing import Final

from watchsync.feeds.feed import Feed
from watchsync.snapshot import Snapshot
from watchsync.titles import Kind, Title

COLUMNS: Final = (
    "Position", "Const", "Created", "Modified", "Description", "Title", "Original Title", "URL", "Title Type",
    "IMDb Rating", "Runtime (mins)", "Year", "Genres", "Num Votes", "Release Date", "Directors", "Your Rating",
    "Date Rated",
)  # fmt: skip
_TYPE: Final = {Kind.MOVIE: "Movie", Kind.SERIES: "TV Series", Kind.UNKNOWN: ""}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_export(snapshot: Snapshot) -> Feed:
    """One row a title, in the order of the list. A name that a spreadsheet would take for a formula is quoted by it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for title in snapshot.titles:
        writer.writerow([_harmless(cell) for cell in _cells(title)])
    return Feed(text.getvalue().encode("utf-8", "replace"), "text/csv; charset=utf-8")


def _cells(title: Title) -> tuple[str, ...]:
    added = title.added_at.date().isoformat() if title.added_at else ""
    released = title.released.isoformat() if title.released else str(title.year or "")
    return (
        str(title.position), title.id, added, added, "", title.name, title.original_name or title.name,
        f"https://www.imdb.com/title/{title.id}/", _TYPE[title.kind], _number(title.rating),
        str(round(title.runtime_seconds / 60)) if title.runtime_seconds else "", str(title.year or ""),
        ", ".join(title.genres), _number(title.votes), released, ", ".join(title.directors), "", "",
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
