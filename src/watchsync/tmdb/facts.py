"""What does one answer of TMDB say, and what of it does a title need?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from watchsync.titles import Kind, Title

_ARRAYS = {Kind.MOVIE: ("movie_results", "release_date"), Kind.SERIES: ("tv_results", "first_air_date")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One film or series at TMDB, as far as a title can use it."""

    id: int
    name: str | None = None
    poster: str | None = None
    backdrop: str | None = None
    overview: str | None = None
    popularity: float | None = None
    released: str | None = None
    """ISO date."""


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """What TMDB has under one IMDb id: a film, a series, both or (unknown there) neither.

    Both are kept, because one id may be a film to IMDb and a series to TMDB, and IMDb's own type changes.
    """

    movie: Hit | None = None
    series: Hit | None = None

    @property
    def is_known(self) -> bool:
        return self.movie is not None or self.series is not None

    @property
    def kind(self) -> Kind | None:
        """Its kind, if there is but one."""
        if (self.movie is None) == (self.series is None):
            return None
        return Kind.MOVIE if self.movie else Kind.SERIES

    @classmethod
    def read(cls, body: object) -> "TitleFacts":
        """Read an answer of ``/find``; raise ValueError if it is something else."""
        if not isinstance(body, Mapping) or not any(name in body for name, _ in _ARRAYS.values()):
            raise ValueError("not an answer of /find")
        return cls(_first(body, Kind.MOVIE), _first(body, Kind.SERIES))

    def to_record(self) -> dict[str, Any]:
        """The small JSON object that the cache keeps; absent facts are left out."""
        parts = {"movie": self.movie, "series": self.series}
        return {
            name: {fact: value for fact, value in asdict(hit).items() if value is not None}
            for name, hit in parts.items()
            if hit is not None
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "TitleFacts":
        """The reverse of ``to_record``; raises TypeError for a record of another shape."""
        return cls(**{name: Hit(**facts) for name, facts in record.items()})


def enriched(title: Title, answer: TitleFacts) -> Title:
    """The title with TMDB's facts; what IMDb said itself stays as it is.

    A title whose type IMDb did not tell is what TMDB has under its id, unless that is both a film and a series.
    """
    if title.kind is Kind.UNKNOWN and (kind := answer.kind) is not None:
        title = replace(title, kind=kind)
    same, other = answer.movie, answer.series
    if title.kind is Kind.SERIES:
        same, other = other, same
    hit = same or other
    if hit is None:
        return title
    released = title.released or _date(hit.released)
    return replace(
        title,
        name=title.name or hit.name or "",
        tmdb_id=same.id if same else None,  # films and series are numbered apart
        tmdb_poster=hit.poster,
        tmdb_backdrop=hit.backdrop,
        popularity=hit.popularity,
        overview=title.overview or hit.overview,
        released=released,
        year=title.year or (released.year if released else None),
    )


def _first(body: Mapping[str, Any], kind: Kind) -> Hit | None:
    array, dated = _ARRAYS[kind]
    results = body.get(array)
    if not isinstance(results, Sequence) or not results or not isinstance(results[0], Mapping):
        return None
    found = results[0]
    number = found.get("id")
    if not isinstance(number, int):
        return None
    return Hit(
        id=number,
        name=_text(found.get("title")) or _text(found.get("name")),
        poster=_path(found.get("poster_path")),
        backdrop=_path(found.get("backdrop_path")),
        overview=_text(found.get("overview")),
        popularity=_number(found.get("popularity")),
        released=_text(found.get(dated)),
    )


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _path(value: object) -> str | None:
    text = _text(value)
    return text if text and text.startswith("/") else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
