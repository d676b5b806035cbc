"""Ctrl-C in the middle of a command, and log lines beside its progress bar."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tiers import in_full

from .conftest import environment

ENDING = ["sync ur1", "dead list"]
FURTHER_ENDING = ["compare ur1", "dead show 01J", "dead requeue --all", "dead purge", "doctor"]


@pytest.mark.parametrize("words", [*ENDING, *in_full(FURTHER_ENDING)])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_stopped_says_by_its_code_that_it_did_not_end(
    tmp_path: Path, words: str, number: signal.Signals, code: int
):
    """It hangs before a Redis that takes the connection and never answers."""
    if words == "doctor" and number is signal.SIGTERM:
        pytest.skip("doctor leaves nothing open, so a SIGTERM ends it as it ends any program")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "watchsync", *words.split()]
        given = environment(tmp_path, WATCHSYNC_REDIS_URL=url)
        with subprocess.Popen(command, env=given, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            held, _ = silent.accept()
            with held:
                process.send_signal(number)
                _, told = process.communicate(timeout=100)
    assert process.returncode == code
    assert "Traceback" not in told


@pytest.mark.parametrize("mode", ["api", "worker"])
def test_a_mode_that_is_asked_to_stop_ends_well(tmp_path: Path, mode: str):
    nowhere = {"WATCHSYNC_REDIS_URL": "redis://127.0.0.1:1", "WATCHSYNC_PORT": "0", "WATCHSYNC_WORKER_PORT": "0"}
    command = [sys.executable, "-m", "watchsync", mode]
    given = environment(tmp_path, **nowhere)
    with subprocess.Popen(command, env=given, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        while ".started" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=100)
    assert process.returncode == 0


def in_a_terminal(folder: Path, *words: str, **given: str) -> str:
    """What a person's terminal is sent while a command runs."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "watchsync", *words]
    env = environment(folder, TERM="xterm", COLUMNS="300", **given)
    with subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        sent = bytearray()
        try:
            while part := os.read(ours, 65536):
                sent += part
        except OSError:  # how a terminal says that nobody writes to it any more
            pass
        os.close(ours)
    assert process.returncode == 0, sent.decode()
    return sent.decode()


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_log_line_stands_above_the_progress_bar(tmp_path: Path, form: str):
    sent = in_a_terminal(
        tmp_path,
        *("sync", "ur10001179", "--demo"),
        WATCHSYNC_LOG_LEVEL="info",
        WATCHSYNC_LOG_FORMAT=form,
        WATCHSYNC_IMDB_STRATEGIES="graphql",
    )
    assert "━" in sent, "there was no bar"
    written = [re.split(r"\x1b\[2K|\r", line)[-1] for line in re.split(r"\r?\n", sent)]
    lines = [line for line in written if "attempt.started" in line or "attempt.settled" in line]
    assert len(lines) == 2
    assert [line for line in lines if "━" in line or "Waiting" in line] == []
