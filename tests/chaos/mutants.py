"""Is it noticed when a safeguard is broken? Each is broken by itself, in a copy of the code."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from chaos.mutant import Mutant
from chaos.storm_mutants import STORMY
from chaos.tested_mutants import TESTED

ROOT = Path(__file__).parents[2]
SECONDS = 180
_LEAVING_SECONDS = 30


MUTANTS = {**STORMY, **TESTED}


def main(seed: str, chosen: list[str]) -> int:
    """Try the chosen mutants, or all; return 1 when one went unnoticed, or the unbroken code was blamed."""
    missed = [name for name in chosen or MUTANTS if not _is_as_expected(name, MUTANTS[name], seed)]
    print(f"not as expected: {', '.join(missed)}" if missed else "every broken safeguard was noticed")
    return 1 if missed else 0


def _is_as_expected(name: str, mutant: Mutant, seed: str) -> bool:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ws-mutant-") as folder:
        shutil.copytree(ROOT / "src", folder, dirs_exist_ok=True)
        break_in(Path(folder) / "watchsync" / mutant.file, mutant)
        found, tail = _tests(folder, mutant.tests) if mutant.tests else _storm(folder, seed, mutant.storm)
    expected = mutant.caught_by in found if mutant.caught_by else not found
    told = ", ".join(f"{check} {count}" for check, count in found.most_common(4)) or "no violation"
    seconds = time.monotonic() - started
    print(f"{'ok' if expected else 'NOT AS EXPECTED':3} {name:16} {seconds:4.0f} s  {told}", flush=True)
    if not expected:
        print(tail)
    return expected


def break_in(path: Path, mutant: Mutant) -> None:
    """Replace the good text, which must stand in the file exactly once, with the broken one."""
    if mutant.before:
        text = path.read_text()
        times = text.count(mutant.before)
        if times != 1:
            raise SystemExit(f"{mutant.file} holds {times} times, not once: {mutant.before!r}")
        path.write_text(text.replace(mutant.before, mutant.after))


def _tests(source: str, chosen: str) -> tuple[Counter[str], str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=20", *chosen.split()]
    environment = {**os.environ, "PYTHONPATH": f"{source}:{ROOT / 'tests'}"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    return Counter({"failed": 1} if done.returncode == 1 else {}), done.stdout[-1500:]


def _storm(source: str, seed: str, options: str) -> tuple[Counter[str], str]:
    command = [sys.executable, "-m", "chaos", "--jobs", "300", "--seed", seed, "--all", *options.split()]
    environment = {**os.environ, "PYTHONPATH": f"{source}:{ROOT / 'tests'}"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as storm:
        try:
            told, _ = storm.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            storm.send_signal(signal.SIGINT)
            told, _ = storm.communicate(timeout=_LEAVING_SECONDS)
            return Counter({f"no end within {SECONDS} s": 1}), told[-1500:]
    checks = Counter(re.findall(r"^VIOLATION ([^:]+):", told, re.MULTILINE))
    if storm.returncode and not checks:
        checks["storm failed"] += 1
    return checks, told[-1500:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
