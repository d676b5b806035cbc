"""How does one title look in a catalog?"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final

from watchsync.titles import Kind, Title

_POSTER_SIZE: Final = "w342"
_BACKGROUND_SIZE: Final = "w1280"


@dataclass(frozen=True, slots=True)
class ImageUrls:
    """Where pictures are: TMDB's image host, and the service for titles without any (``{imdb_id}``)."""

    tmdb_image_url: str
    poster_url: str

    def poster(self, title: Title) -> str:
        """TMDB's poster, else IMDb's picture, else what the public service has."""
        if title.tmdb_poster:
            return f"{self.tmdb_image_url}/{_POSTER_SIZE}{title.tmdb_poster}"
        if title.image and title.image.startswith(("https://", "http://")):
            return title.image
        return self.poster_url.replace("{imdb_id}", title.id).replace("{type}", title.kind)

    def background(self, title: Title) -> str | None:
        """TMDB's wide picture."""
        return f"{self.tmdb_image_url}/{_BACKGROUND_SIZE}{title.tmdb_backdrop}" if title.tmdb_backdrop else None


def meta_preview(title: Title, pictures: ImageUrls) -> dict[str, Any]:
    """What the catalog says about a title; facts that are missing are left out.

    There is no ``links``: it would hide the rating and the genres.
    """
    facts = {
        "id": title.id,
        "type": title.kind.value,
        "name": title.name or title.id,
        "poster": pictures.poster(title),
        "posterShape": "poster",
        "background": pictures.background(title),
        "description": title.overview,
        "releaseInfo": _years(title),
        "released": _released(title),
        "imdbRating": f"{title.rating:.1f}" if title.rating else None,
        "runtime": _minutes(title.runtime_seconds),
        "genres": title.genres,
        "director": title.directors,
    }
    return {name: value for name, value in facts.items() if value not in (None, (), "")}


def _years(title: Title) -> str | None:
    if title.year is None:
        return None
    if title.kind is Kind.MOVIE or title.end_year == title.year:
        return str(title.year)
    return f"{title.year}-{title.end_year or ''}"


def _released(title: Title) -> str | None:
    if title.released is None:
        return None
    moment = datetime.combine(title.released, time.min, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _minutes(seconds: int | None) -> str | None:
    return f"{max(1, round(seconds / 60))}m" if seconds and seconds > 0 else None
