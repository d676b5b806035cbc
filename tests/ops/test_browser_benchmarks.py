"""The benchmarks of the browser still run; what they find is not judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = [f"browser_{name}.py" for name in ("container", "parsing", "reading", "recovery", "slots", "soak")]


def run(name: str, *options: str) -> str:
    command = [sys.executable, str(BENCHMARKS / name), *options]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("name", NAMES)
def test_each_says_how_it_is_used(name):
    assert "--smoke" in run(name, "--help")


@pytest.mark.full
def test_a_short_soak_completes_every_sync_and_leaves_nothing_behind():
    told = run("browser_soak.py", "--smoke")
    assert "6 of 6 syncs" in told
    assert "slots at the end: all" in told
    assert "outlived the worker: none" in told


def test_watchsync_reads_a_list_beside_the_bound_from_the_same_site():
    told = run("browser_reading.py", "--smoke")
    lines = [line for line in told.splitlines() if line.startswith(("watchsync", "bound"))]
    requests_and_bytes = [line.split()[-2:] for line in lines]
    assert len(lines) == 2
    assert requests_and_bytes[0] == requests_and_bytes[1]
