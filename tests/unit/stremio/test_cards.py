"""Cards for lists that cannot be shown."""

from importlib import resources

import pytest

from catalog_samples import job
from watchsync.job import JobError, JobState, Progress
from watchsync.stremio.cards import Card, card_meta, card_of, sentence_of


@pytest.mark.parametrize(
    ("code", "card"),
    [
        ("private", Card.PRIVATE),
        ("not-found", Card.NOT_FOUND),
        ("captcha", Card.BLOCKED),
        ("challenge", Card.BLOCKED),
        ("refused", Card.BLOCKED),
        ("throttled", Card.BLOCKED),
        ("cooling-down", Card.BLOCKED),
        ("drifted", Card.TROUBLE),
        ("something-new", Card.TROUBLE),
    ],
)
@pytest.mark.parametrize("state", [JobState.DEAD, JobState.DELAYED])
def test_a_failed_job_is_told_by_its_code_and_its_own_sentence(code: str, card: Card, state: JobState):
    failed = job(state, error=JobError(code, "What to do."))
    assert card_of(failed) is card
    assert sentence_of(failed) == "What to do."


def test_a_running_job_says_how_far_it_is():
    running = job(JobState.RUNNING, progress=Progress("reading", "Reading titles 250 of 812", 250, 812))
    assert card_of(running) is Card.SYNCING
    assert sentence_of(running) == "Reading titles 250 of 812. Open the catalog again in a minute."
    assert sentence_of(job(JobState.WAITING)) is None


@pytest.mark.parametrize("card", Card)
@pytest.mark.parametrize("type_", ["movie", "series", "imdb", ""])
def test_every_card_is_an_item_that_clients_show_and_has_its_picture(card: Card, type_: str):
    meta = card_meta(card, type_, "https://watchsync.example/static")
    assert meta["type"] == ("series" if type_ == "series" else "movie")
    assert all(meta[name] for name in ("id", "name", "description"))
    picture = meta["poster"].removeprefix("https://watchsync.example/static/")
    stored = resources.files("watchsync.api").joinpath("static", picture).read_bytes()
    assert stored.startswith(b"\x89PNG")
    assert len(stored) < 50_000
