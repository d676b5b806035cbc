"""Titles, snapshots and jobs to try catalogs with."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from watchsync.job import Job, JobState, Lane
from watchsync.refs import ListKind, ListRef
from watchsync.snapshot import Reading, Snapshot
from watchsync.titles import Kind, Title

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REF = ListRef(ListKind.WATCHLIST, "ur12345678")
GENRES = ("Drama", "Comedy", "Sci-Fi", "Horror", "Crime", "Film-Noir")


def title(number: int, name: str | None = None, **facts: Any) -> Title:
    """A title with nothing but what it must have, and ``facts``."""
    facts.setdefault("kind", Kind.MOVIE)
    facts.setdefault("position", number)
    return Title(id=f"tt{number:07}", name=name or f"Title {number}", **facts)


def full_title(number: int) -> Title:
    """A title with every fact, as a real list has them."""
    series = number % 3 == 0
    return title(
        number,
        f"The Story of Number {number}",
        kind=Kind.SERIES if series else Kind.MOVIE,
        added_at=NOW - timedelta(hours=number),
        original_name=f"L'histoire du numéro {number}",
        year=1950 + number % 75,
        end_year=1952 + number % 75 if series else None,
        released=date(1950 + number % 75, 1 + number % 12, 1 + number % 28),
        stage="released",
        rating=round(1 + number % 90 / 10, 1),
        votes=number * 37 % 1_000_003,
        runtime_seconds=60 * (20 + number % 160),
        genres=(GENRES[number % 6], GENRES[(number // 6) % 6]) if number % 7 else (),
        overview=f"Somebody goes to {_noise(number)} and finds {_noise(-number)} reasons to stay, "
        "among them an old friend, a secret, and a dog that knows more than it tells.",
        certificate="PG-13",
        metascore=number % 100,
        directors=(f"Director {number % 400}",),
        image=f"https://m.media-amazon.com/images/M/{_noise(number)}._V1_QL75_UX342_.jpg",
        tmdb_id=number,
        tmdb_poster=f"/{_noise(number + 1)}.jpg",
        tmdb_backdrop=f"/{_noise(number + 2)}.jpg",
        popularity=number * 0.37 % 100,
    )


def _noise(number: int) -> str:
    """What does not compress, as the names of pictures do not."""
    return hashlib.blake2b(str(number).encode(), digest_size=12).hexdigest()


def snapshot(*titles: Title, ref: ListRef = REF, fetched_at: datetime = NOW, **reading: Any) -> Snapshot:
    """A believed snapshot of these titles."""
    reading.setdefault("total", len(titles))
    reading.setdefault("rows", len(titles))
    return Snapshot(reading=Reading(ref=ref, titles=titles, **reading), fetched_at=fetched_at)


def big_snapshot(count: int, **given: Any) -> Snapshot:
    """A snapshot of many full titles."""
    return snapshot(*(full_title(number) for number in range(1, count + 1)), **given)


def job(state: JobState, **facts: Any) -> Job:
    """A job of the list in this state."""
    facts.setdefault("lane", Lane.INTERACTIVE)
    facts.setdefault("created_at", NOW)
    facts.setdefault("id", "01JOB")
    facts.setdefault("ref", REF)
    return Job(state=state, **facts)


_text = st.text(max_size=20)
_moments = st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
titles = st.builds(
    Title,
    id=st.integers(1, 99_999_999).map(lambda number: f"tt{number:07}"),
    kind=st.sampled_from(Kind),
    name=_text,
    position=st.integers(1, 12_000),
    added_at=st.none() | _moments,
    original_name=st.none() | _text,
    year=st.none() | st.integers(1880, 2100),
    end_year=st.none() | st.integers(1880, 2100),
    released=st.none() | st.dates(),
    stage=st.none() | _text,
    rating=st.none() | st.floats(0, 10),
    votes=st.none() | st.integers(0, 10**8),
    runtime_seconds=st.none() | st.integers(0, 10**6),
    genres=st.lists(st.sampled_from(GENRES), max_size=3).map(tuple),
    overview=st.none() | _text,
    certificate=st.none() | _text,
    metascore=st.none() | st.integers(0, 100),
    directors=st.lists(_text, max_size=2).map(tuple),
    image=st.none() | _text,
    tmdb_id=st.none() | st.integers(1, 10**7),
    tmdb_poster=st.none() | _text,
    tmdb_backdrop=st.none() | _text,
    popularity=st.none() | st.floats(0, 10**5),
)
snapshots = st.builds(
    Snapshot,
    reading=st.builds(
        Reading,
        ref=st.sampled_from([REF, ListRef(ListKind.LIST, "ls012345678"), ListRef(ListKind.RATINGS, "p.abc")]),
        titles=st.lists(titles, max_size=8).map(tuple),
        total=st.none() | st.integers(0, 12_000),
        rows=st.integers(0, 12_000),
        duplicates=st.integers(0, 10),
        folded=st.integers(0, 10),
        left_out=st.dictionaries(_text, st.integers(1, 10), max_size=3),
        pages=st.integers(1, 48),
        strategy=st.sampled_from(["page", "graphql"]),
        name=st.none() | _text,
        author=st.none() | _text,
        modified_at=st.none() | _moments,
        first_page=st.none() | _text,
    ),
    fetched_at=_moments,
    read_in_full_at=st.none() | _moments,
    unenriched=st.lists(_text, max_size=3).map(tuple),
)
