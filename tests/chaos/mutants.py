"""Does the storm notice when a safeguard is broken? Each is broken by itself, in a copy of the code."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 180
_LEAVING_SECONDS = 30


@dataclass(frozen=True)
class Mutant:
    """One safeguard, how it is broken, and the storm that shows it."""

    safeguard: str
    file: str
    before: str
    after: str
    caught_by: str
    storm: str = "--no-crowd"


_FREEZES = "--no-crowd --strikes freeze"
_CUTS = "--no-crowd --strikes forget-scripts"

MUTANTS = {
    "none": Mutant("nothing is broken", "queue/settle.lua", "", "", "", ""),
    "settle-fence": Mutant(
        "only the holder of the fence settles",
        "queue/settle.lua",
        "if not job or job.fence ~= fence then",
        "if not job then",
        "fenced-out store",
        _FREEZES,
    ),
    "renew-fence": Mutant(
        "only the holder of the fence renews",
        "queue/renew.lua",
        "job.state == 'running' and job.fence == fence",
        "job.state == 'running'",
        "fenced-out renewal",
        _FREEZES,
    ),
    "progress-fence": Mutant(
        "only the holder of the fence reports",
        "queue/progress.lua",
        " and job.fence == ARGV[11]",
        "",
        "fenced-out progress",
        _FREEZES,
    ),
    "settle-atomicity": Mutant(
        "storing and settlement are one step",
        "queue/consumer.py",
        "        writes = [write for each in settlements for write in each.writes]\n",
        "        writes = [write for each in settlements for write in each.writes]\n"
        "        for write in writes:\n"
        "            await self._scripts._client.set(write.key, write.value, ex=write.ttl_seconds)\n",
        "not atomic",
    ),
    "entry-atomicity": Mutant(
        "settlement and taking the entry away are one step",
        "queue/settle.lua",
        "  withdraw(job)\n",
        "  job.entry = nil\n",
        "left over",
    ),
    "single-flight": Mutant(
        "looking for a list's job and making one are one step",
        "queue/submit.lua",
        "if redis.call('HSETNX', ACTIVE, new.ref, new.id) == 0 then",
        "if redis.call('HSET', ACTIVE, new.ref, new.id) == 2 then",
        "two jobs of one list",
    ),
    "renewal": Mutant(
        "leases are renewed",
        "worker/renewal.py",
        "        if not deliveries:\n            return\n",
        "        if deliveries:\n            return\n",
        "lost needlessly",
        "--no-crowd --no-cuts --strikes= ",
    ),
    "reclaim-cursor": Mutant(
        "the pending list is looked through to its end",
        "queue/take.lua",
        "    until cursor == '0-0'\n",
        "    until true\n",
        "recovered late",
        "--jobs 20 --no-cuts --strikes= ",
    ),
    "submit-again": Mutant(
        "a submission may be made again",
        "queue/submit.lua",
        "  if again then\n",
        "  if false then\n",
        "illegal move",
        _CUTS,
    ),
    "settle-again": Mutant(
        "a settlement may be made again",
        "queue/settle.lua",
        "  if job and job.settled == fence then\n",
        "  if false then\n",
        "refused the holder",
        _CUTS,
    ),
    "take-again": Mutant(
        "deliveries whose answer was lost are given again",
        "queue/settle_and_take.lua",
        "if request.recover then\n",
        "if false then\n",
        "lost needlessly",
        _CUTS,
    ),
    "interruption": Mutant(
        "a shutdown costs no attempt",
        "queue/settle.lua",
        "    job.attempts = job.attempts - 1\n    job.progress = nil\n",
        "    job.progress = nil\n",
        "attempts",
        "--no-crowd --strikes drain",
    ),
    "second-signal": Mutant(
        "a second signal costs no attempt either",
        "cli/process_lifetime.py",
        "        if self._stop_now is None:\n",
        "        if True:\n",
        "lost needlessly",
        "--no-crowd --no-cuts --strikes drain-at-once",
    ),
    "lost-attempts": Mutant(
        "a job that keeps killing its worker is dead after three attempts",
        "queue/take.lua",
        "  if job.attempts >= taker.most then\n",
        "  if false then\n",
        "too many attempts",
    ),
    "failed-attempts": Mutant(
        "a job that keeps failing is dead after three attempts",
        "queue/settle.lua",
        "  if outcome == 'retry' and job.attempts >= most then\n",
        "  if false then\n",
        "too many attempts",
    ),
}


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
        found, tail = _storm(folder, seed, mutant.storm)
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
