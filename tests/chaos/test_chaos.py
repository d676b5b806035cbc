"""The short storm: hundreds of jobs, several workers, and everything breaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.mutants import MUTANTS, ROOT
from chaos.plan import Strike, plan
from tiers import in_full

SEED = 1


@pytest.mark.parametrize("jobs", [60, *in_full([300])])
def test_nothing_is_lost_stuck_or_done_twice_while_everything_dies(jobs):
    command = [sys.executable, "-m", "chaos", "--jobs", str(jobs), "--seed", str(SEED)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 violations" in done.stdout


def test_one_seed_is_one_plan():
    assert plan(SEED, 300, 4) == plan(SEED, 300, 4)
    assert plan(SEED, 300, 4) != plan(SEED + 1, 300, 4)


def test_every_strike_falls():
    assert {blow.strike for blow in plan(SEED, 300, 4).blows} == set(Strike)


@pytest.mark.parametrize("name", [name for name in MUTANTS if name != "none"])
def test_each_mutant_still_finds_what_it_breaks(name):
    mutant = MUTANTS[name]
    text = (Path(ROOT) / "src" / "watchsync" / mutant.file).read_text()
    assert text.count(mutant.before) == 1
