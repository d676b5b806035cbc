"""The commands as a person runs them: exit codes, and one line that says what to do."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from watchsync.embedded_redis import run_embedded_redis

COMMANDS = [
    "up",
    "api",
    "worker",
    "sync",
    "compare",
    "capture",
    "replay",
    "doctor",
    "config",
    "openapi",
    "version",
    "dead",
]


Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(folder: Path, **given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WATCHSYNC_")}
    kept = {name: value for name, value in kept.items() if name not in {"REDIS_URL", "PORT"}}
    return kept | {"WATCHSYNC_DATA_DIR": str(folder)} | given


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "watchsync", *arguments]
        return subprocess.run(
            command,
            env=environment(tmp_path, **given),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return run


def test_help_names_every_command(run: Run):
    done = run("--help")

    assert done.returncode == 0
    assert all(f"\n  {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", ["up", "sync", "capture", "replay", "doctor", "dead requeue"])
def test_every_command_has_help(run: Run, command: str):
    done = run(*command.split(), "--help")

    assert done.returncode == 0
    assert "Usage: watchsync" in done.stdout


@pytest.mark.parametrize("pasted", ["nonsense", "https://example.org/list/ls012345678", "tt0111161"])
def test_something_that_is_no_list_is_wrong_usage_and_names_what_was_expected(run: Run, pasted: str):
    done = run("sync", pasted)

    assert done.returncode == 2
    assert "ur12345678" in done.stderr
    assert "ls012345678" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("usage", ["bogus", "up --port many", "up --oneshot", "dead requeue", "sync"])
def test_wrong_usage_exits_with_2(run: Run, usage: str):
    assert run(*usage.split()).returncode == 2


@pytest.mark.parametrize("mode", ["api", "worker"])
def test_a_mode_on_its_own_says_that_it_needs_a_redis(run: Run, mode: str):
    done = run(mode)

    assert done.returncode == 1
    assert "WATCHSYNC_REDIS_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_all_bad_settings_are_named_at_once(run: Run):
    done = run("config", WATCHSYNC_PORT="99999", WATCHSYNC_IMDB_URL="imdb", WATCHSYNC_TMBD_TOKEN="x")

    assert done.returncode == 1
    for name in ("WATCHSYNC_PORT", "WATCHSYNC_IMDB_URL", "did you mean WATCHSYNC_TMDB_TOKEN?"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_config_says_where_each_setting_came_from_and_shows_no_secret(run: Run, tmp_path: Path):
    secret = tmp_path / "token"
    secret.write_text("a-secret-token")
    done = run("config", PORT="9000", WATCHSYNC_TMDB_TOKEN_FILE=str(secret))

    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert lines["WATCHSYNC_PORT"].split(maxsplit=2)[2] == "9000  (PORT)"
    assert lines["WATCHSYNC_TMDB_TOKEN"].endswith("(WATCHSYNC_TMDB_TOKEN_FILE)")
    assert lines["WATCHSYNC_HOST"].endswith("(default)")
    assert "a-secret-token" not in done.stdout


def test_dead_letters_of_an_empty_queue(run: Run):
    listed, shown = run("dead", "list"), run("dead", "show", "01J")

    assert (listed.returncode, listed.stdout) == (0, "0 dead letters\n")
    assert shown.returncode == 1
    assert "No such job" in shown.stderr


async def test_commands_join_the_embedded_redis_that_runs(run: Run, tmp_path: Path):
    async with run_embedded_redis(tmp_path):
        assert run("dead", "list").returncode == 0


def test_a_redis_that_is_away_is_named_by_doctor(run: Run):
    done = run("doctor", WATCHSYNC_REDIS_URL="redis://user:hunter2@127.0.0.1:1/0")

    assert done.returncode == 1
    assert "✗ Redis: redis://…@127.0.0.1:1/0 does not answer" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_doctor_names_bad_settings(run: Run):
    done = run("doctor", WATCHSYNC_PORT="many")

    assert done.returncode == 1
    assert done.stdout.startswith("✗ Settings: WATCHSYNC_PORT")


def test_the_version_is_printed(run: Run):
    assert run("version").stdout.strip().count(".") == 2


@pytest.mark.parametrize(("pasted", "ends"), [("ur20000012", "completed"), ("ls020000001", "failed")])
def test_a_capture_is_replayed_with_the_same_words_and_without_the_list_that_was_read(
    run: Run, tmp_path: Path, pasted: str, ends: str
):
    captured = run("capture", pasted, "--demo")
    replayed = run("replay", "watchsync-capture.json.gz", WATCHSYNC_IMDB_URL="http://127.0.0.1:1")

    assert (captured.returncode, replayed.returncode) == (0, 0), captured.stderr + replayed.stderr
    assert captured.stdout == replayed.stdout
    assert captured.stdout.split()[:2] == ["outcome", ends]
    assert "watchsync-capture.json.gz" in captured.stderr
    assert pasted not in gzip.decompress((tmp_path / "watchsync-capture.json.gz").read_bytes()).decode()


def test_a_file_that_is_no_capture_is_refused_in_one_line(run: Run, tmp_path: Path):
    (tmp_path / "some.json").write_text("{}")
    done = run("replay", "some.json")

    assert done.returncode == 1
    assert done.stderr.strip() == "watchsync: This file is no capture that this version of watchsync can read."
