"""What is a title, and where does each of IMDb's thirteen types go?"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """The two types that Stremio plays, and titles whose type a page did not tell."""

    MOVIE = "movie"
    SERIES = "series"
    UNKNOWN = "unknown"


class TitleType(StrEnum):
    """IMDb's ``titleType.id``."""

    MOVIE = "movie"
    TV_SERIES = "tvSeries"
    TV_MINI_SERIES = "tvMiniSeries"
    TV_MOVIE = "tvMovie"
    TV_SPECIAL = "tvSpecial"
    TV_SHORT = "tvShort"
    TV_EPISODE = "tvEpisode"
    SHORT = "short"
    VIDEO = "video"
    VIDEO_GAME = "videoGame"
    MUSIC_VIDEO = "musicVideo"
    PODCAST_SERIES = "podcastSeries"
    PODCAST_EPISODE = "podcastEpisode"


KIND_OF: dict[TitleType, Kind | None] = {
    TitleType.MOVIE: Kind.MOVIE,
    TitleType.TV_SERIES: Kind.SERIES,
    TitleType.TV_MINI_SERIES: Kind.SERIES,
    TitleType.TV_MOVIE: Kind.MOVIE,
    TitleType.TV_SPECIAL: Kind.MOVIE,
    TitleType.TV_SHORT: Kind.MOVIE,
    TitleType.TV_EPISODE: Kind.SERIES,  # as its series, which Stremio can open
    TitleType.SHORT: Kind.MOVIE,
    TitleType.VIDEO: Kind.MOVIE,
    TitleType.VIDEO_GAME: None,
    TitleType.MUSIC_VIDEO: None,
    TitleType.PODCAST_SERIES: None,
    TitleType.PODCAST_EPISODE: None,
}
"""Where each type goes in Stremio; ``None`` is left out, counted and reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """One playable title of a list, as the catalog shows it. Every fact that a page may lack is optional."""

    id: str
    """``tt`` and seven or more digits."""
    kind: Kind
    name: str
    """Empty where a page did not tell it; never an id."""
    position: int
    """1-based place of its first row in the list's own order."""
    added_at: datetime | None = None
    """When it was added to the list (UTC): the page's own date, else the first time that we saw it."""
    original_name: str | None = None
    year: int | None = None
    end_year: int | None = None
    released: date | None = None
    stage: str | None = None
    """IMDb's production stage, such as ``released`` or ``filming``."""
    rating: float | None = None
    """0 to 10."""
    votes: int | None = None
    runtime_seconds: int | None = None
    genres: tuple[str, ...] = ()
    overview: str | None = None
    certificate: str | None = None
    metascore: int | None = None
    directors: tuple[str, ...] = ()
    image: str | None = None
    """IMDb's own picture, at a poster's size."""
    tmdb_id: int | None = None
    tmdb_poster: str | None = None
    """TMDB's poster path, such as ``/abc.jpg``."""
    tmdb_backdrop: str | None = None
    popularity: float | None = None
    """TMDB's popularity, unbounded."""
