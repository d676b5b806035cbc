"""The commands as a person runs them: exit codes, and one line that says what to do."""

import gzip
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tiers import in_full
from watchsync.embedded_redis import run_embedded_redis

Run = Callable[..., subprocess.CompletedProcess[str]]
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


@pytest.mark.parametrize(
    "words", ["-h", "sync -h", "dead requeue -h", *in_full(["up -h", "api -h", "doctor -h", "dead -h", "config -h"])]
)
def test_help_has_a_short_name_everywhere(run: Run, words: str):
    done = run(*words.split())
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: watchsync")
    assert done.stdout == run(*words.replace("-h", "--help").split()).stdout


def test_the_version_is_an_option_too(run: Run):
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, run("version").stdout)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("watchsync de", "dead"),
        ("watchsync dead re", "requeue"),
        ("watchsync sync --wa", "--wait"),
        ("watchsync wor", "worker"),
    ],
)
def test_a_shell_can_complete_what_is_typed(run: Run, typed: str, offered: str):
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = run(_WATCHSYNC_COMPLETE="complete_bash", **asked)
    assert (done.returncode, done.stdout.split()) == (0, [offered])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_is_printed(run: Run, shell: str):
    assert "_WATCHSYNC_COMPLETE" in run(_WATCHSYNC_COMPLETE=f"source_{shell}").stdout


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://user:hunter2@127.0.0.1:1/3", "Redis: redis://…@127.0.0.1:1/3"),
        ("redis://127.0.0.1:1?password=hunter2", "Redis: redis://127.0.0.1:1?…"),
        ("unix:///nowhere/hunter.sock", "Redis: unix:///nowhere/hunter.sock"),
    ],
)
@pytest.mark.parametrize("command", ["dead list", *in_full(["dead show 01J", "dead requeue 01J", "dead purge"])])
def test_the_dead_letter_commands_say_which_redis_they_mean(run: Run, url: str, told: str, command: str):
    done = run(*command.split(), WATCHSYNC_REDIS_URL=url)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == told
    assert "watchsync doctor" in done.stderr.splitlines()[1]
    assert "hunter2" not in done.stdout + done.stderr


FOLDERS = ["file", "file/below", "file/far/below", "loop", "{long}", "sealed", "sealed/below"]


@pytest.mark.parametrize("command", ["up", *in_full(["sync ur1", "dead list"])])
@pytest.mark.parametrize("name", FOLDERS)
def test_a_data_folder_that_cannot_be_used_is_told_in_one_line(run: Run, tmp_path: Path, name: str, command: str):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "sealed").symlink_to("/proc/sys/kernel")
    folder = str(tmp_path / name.format(long="x" * 300))
    done = run(*command.split(), WATCHSYNC_DATA_DIR=folder)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"watchsync: The data folder {folder} cannot be used (")
    assert "choose another folder with --data-dir or WATCHSYNC_DATA_DIR" in line


BAD_REDIS = [
    "localhost:6379",
    "http://localhost",
    "redis://",
    "redis://:hunter2@",
    "redis://:hun/hunter2@host",
    "redis://:hun#hunter2@host",
    "redis://host:hunter2",
    "redis://[::1",
    "redis://host/hunter2",
    "redis://host?hunter2=1",
    "redis://hunter2..x",
    "redis+sentinel://hunter2/main",
]


@pytest.mark.parametrize("url", [*BAD_REDIS[3:6], *in_full([*BAD_REDIS[:3], *BAD_REDIS[6:]])])
def test_a_bad_address_of_a_redis_is_one_line_in_every_command(run: Run, url: str):
    for command in ("api", "config"):
        done = run(command, WATCHSYNC_REDIS_URL=url)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("watchsync: WATCHSYNC_REDIS_URL: ")
        assert "hunter2" not in line


@pytest.mark.parametrize("command", ["sync ur1", "compare ur1"])
@pytest.mark.parametrize("url", ["redis://no-such-host.invalid", "redis://:hunter2@127.0.0.1:1", "unix:///nowhere/s"])
def test_who_waits_for_a_list_is_told_at_once_that_redis_is_away(run: Run, url: str, command: str):
    done = run(*command.split(), WATCHSYNC_REDIS_URL=url)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("watchsync: Redis does not answer")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("mode", "variable"),
    [("api", "WATCHSYNC_PORT"), ("worker", "WATCHSYNC_WORKER_PORT"), ("api", "PORT"), ("worker", "PORT")],
)
def test_a_port_that_is_taken_is_told_with_its_variable(run: Run, mode: str, variable: str):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run(mode, **{variable: str(port), "WATCHSYNC_REDIS_URL": "redis://127.0.0.1:1"})
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"watchsync: Cannot listen on 127.0.0.1:{port}: another program uses that port.")
    assert ("WATCHSYNC_WORKER_PORT" in last) is (mode == "worker")
    assert "Traceback" not in done.stderr


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
