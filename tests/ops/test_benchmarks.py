"""The benchmarks start, and count what they say they count."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def ran(name: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / name, *options], stdout=subprocess.PIPE, text=True, check=True, timeout=200
    )
    return done.stdout


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("queue_*.py")), ids=lambda path: path.stem)
def test_every_benchmark_of_the_queue_says_what_it_does_and_how_it_is_shortened(path: Path) -> None:
    assert "--smoke" in ran(path.name, "--help")


def test_a_job_costs_as_many_commands_in_a_long_queue_as_in_a_short_one() -> None:
    told = ran("queue_length.py", "--smoke")
    ratios = {
        name: float(ratio) for name, ratio in re.findall(r"ratio: (\w+) at .*?: ([\d.]+) times the commands", told)
    }
    assert ratios == {"submit": 1.0, "take": 1.0, "settle": 1.0}
