"""A storm over the queue, from a seed: ``python -m chaos --jobs 3000 --seed 7 --workers 4``."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

from chaos.checker import violations
from chaos.history import History
from chaos.plan import Strike, plan
from chaos.replay import World
from chaos.storm import Storm

_SHOWN = 40


def main() -> int:
    """Run one storm; return 1 when a promise was broken."""
    asking = argparse.ArgumentParser(prog="chaos", description=__doc__)
    asking.add_argument("--jobs", type=int, default=3000)
    asking.add_argument("--workers", type=int, default=4)
    asking.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asking.add_argument("--strikes", default=",".join(Strike), help="which may strike")
    asking.add_argument("--no-cuts", action="store_true", help="cut no connection in a command")
    asking.add_argument("--no-crowd", action="store_true", help="leave out the crowd of held jobs at the end")
    asking.add_argument("--all", action="store_true", help="name every violation, not only the first")
    asking.add_argument("--keep", type=Path, help="an empty folder in which notes and Redis's files stay")
    given = asking.parse_args()
    print(f"seed {given.seed}, {given.jobs} jobs, {given.workers} workers", flush=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    strikes = tuple(Strike(name) for name in given.strikes.split(",") if name)
    the_plan = plan(given.seed, given.jobs, given.workers, strikes)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ws-chaos-") as scratch:
        storm = Storm(given.keep or Path(scratch), the_plan, given.workers, is_cut=not given.no_cuts)
        history = asyncio.run(storm.rage(with_crowd=not given.no_crowd))
    raged = time.monotonic() - started
    _tell(history, storm.cuts.made)
    found = violations(history)
    for violation in found if given.all else found[:_SHOWN]:
        print(f"VIOLATION {violation.check}: {violation.about}")
    print(f"{len(found)} violations; {raged:.0f} s of storm, {time.monotonic() - started - raged:.1f} s of checking")
    return 1 if found else 0


def _tell(history: History, cuts: Counter[tuple[str, str]]) -> None:
    world = World()
    steps = sum(1 for _ in world.play(list(history.steps)))
    ends = Counter(record["state"] for record in world.records.values())
    attempts = Counter(
        attempt["outcome"] for record in world.records.values() for attempt in record.get("history") or ()
    )
    blows = Counter(note.strike for note in history.notes if note.what == "blow")
    noted = Counter(note.what for note in history.notes)
    refused = sum(note.what == "log" and note.facts.get("outcome") == "refused" for note in history.notes)
    calm, quiet = (next(note.at for note in history.notes if note.what == what) for what in ("calm", "quiet"))
    _row("jobs", ends)
    _row("attempts", attempts)
    _row("strikes", blows)
    _row("notes", noted)
    for command in sorted({name for name, _ in cuts}):
        _row(f"cuts in {command}", Counter({place: n for (name, place), n in cuts.items() if name == command}))
    print(
        f"{'steps':>16}  {steps}; settlements refused {refused}; all ended {quiet - calm:.1f} s after the last strike"
    )


def _row(name: str, counts: Counter[str]) -> None:
    print(f"{name:>16}  " + ", ".join(f"{key} {count}" for key, count in sorted(counts.items())))


if __name__ == "__main__":
    sys.exit(main())
