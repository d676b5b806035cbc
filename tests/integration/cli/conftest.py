"""Commands as processes, with no setting but those that a test gives."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(folder: Path, **given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WATCHSYNC_")}
    kept = {name: value for name, value in kept.items() if name not in {"REDIS_URL", "PORT"}}
    return kept | {"WATCHSYNC_DATA_DIR": str(folder), "HOME": str(folder)} | given


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command to its end in a folder of its own; ``as_one`` puts stderr into stdout, as a terminal does."""

    def run(*arguments: str, as_one: bool = False, **given: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "watchsync", *arguments]
        return subprocess.run(
            command,
            env=environment(tmp_path, **given),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if as_one else subprocess.PIPE,
            text=True,
            timeout=200,
            check=False,
        )

    return run
