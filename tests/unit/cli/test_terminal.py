"""How things look in a terminal."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from pydantic import SecretStr
from rich.console import Console

from watchsync.api_tokens import ApiToken
from watchsync.cli import terminal
from watchsync.job import AttemptRecord, Job, JobError, JobState, Lane
from watchsync.refs import ListRef
from watchsync.settings import Settings
from watchsync.snapshot import Completeness, Reading, Snapshot
from watchsync.titles import Kind, Title

REF = ListRef.parse("ur12345678")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_secrets_are_masked_and_sources_named():
    settings = Settings(
        redis_url=SecretStr("redis://user:hunter2@host:6379/0"),
        tmdb_token=SecretStr("hunter2"),
        browser_url=SecretStr("wss://browsers.example/hunter2?token=hunter2"),
        api_tokens=(ApiToken("ci", frozenset({"admin"}), SecretStr("hunter2")),),
    )
    lines = terminal.setting_lines(settings, dict.fromkeys(Settings.model_fields, "somewhere"))

    text = "\n".join(lines)
    assert "hunter2" not in text
    assert "redis://…@host:6379/0" in text
    assert "ci:admin:********" in text
    assert "wss://browsers.example/…" in text
    assert all(line.endswith("(somewhere)") for line in lines)
    assert len(lines) == len(Settings.model_fields)


def test_numbers_account_for_every_row():
    reading = Reading(
        ref=REF,
        titles=(),
        total=10,
        rows=10,
        duplicates=2,
        folded=3,
        left_out={"videoGame": 4, "musicVideo": 1},
    )
    snapshot = Snapshot(reading=reading, fetched_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert terminal.numbers(snapshot) == (
        "0 titles from 10 rows; 2 duplicates; 3 episodes shown as their series; left out: 1 musicVideo, 4 videoGame"
    )


def test_titles_are_shown_as_a_table_whose_names_are_no_markup():
    title = Title(id="tt1", kind=Kind.MOVIE, name="[rec] & Co", position=1, year=2007, rating=7.4)
    snapshot = Snapshot(reading=Reading(ref=REF, titles=(title,), total=1, rows=1), fetched_at=NOON)
    out = StringIO()

    Console(file=out, width=100).print(terminal.titles(snapshot))

    assert "[rec] & Co" in out.getvalue()
    assert "1 titles from 1 rows" in out.getvalue()


def test_a_dead_job_tells_its_whole_story():
    error = JobError("private", "This list is private.")
    job = Job(
        id="01J",
        ref=REF,
        state=JobState.DEAD,
        lane=Lane.INTERACTIVE,
        created_at=NOON,
        attempts=1,
        error=error,
        callback_url="https://example.org/hook",
        correlation_id="abc",
        history=(AttemptRecord(1, "w1", NOON, NOON, "dead", error),),
    )
    text = "\n".join(terminal.job_lines(job))

    assert "error    private: This list is private." in text
    assert "attempt 1 on w1, 12:00:00 to 12:00:00: dead (private: This list is private.)" in text
    assert "https://example.org/hook" in text
    assert terminal.job_line(job) == "01J  2026-03-01 12:00Z  ur12345678  private: This list is private."


def test_the_addresses_to_open_name_the_list():
    assert terminal.addresses("http://127.0.0.1:8000", REF) == {
        "Open": "http://127.0.0.1:8000/ur12345678/configure",
        "Manifest": "http://127.0.0.1:8000/ur12345678/manifest.json",
        "Stremio": "stremio://127.0.0.1:8000/ur12345678/manifest.json",
        "Health": "http://127.0.0.1:8000/health",
    }
    assert terminal.addresses("https://w.example", None)["Open"] == "https://w.example/configure"


@pytest.mark.parametrize(
    ("completeness", "facts", "said"),
    [
        (Completeness.COMPLETE, {"rows": 300, "total": 300}, "300 rows"),
        (Completeness.SETTLED, {"rows": 298, "total": 300}, "298 of 300 rows; IMDb does not show 2"),
        (Completeness.PARTIAL, {"rows": 290, "total": 600}, "290 of 600 rows: only a part arrived"),
        (Completeness.UNKNOWN, {"rows": 25, "total": None}, "25 rows; nobody can tell whether that is all"),
        (Completeness.PARTIAL, {"rows": 9, "total": 31_000, "bound": 25_000}, "the first 25,000 of 31,000 rows"),
    ],
)
def test_a_part_is_called_a_part(completeness, facts, said):
    snapshot = Snapshot(
        reading=Reading(ref=REF, titles=(), **facts),
        fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
        completeness=completeness,
    )
    assert terminal.numbers(snapshot) == f"0 titles from {said}"
