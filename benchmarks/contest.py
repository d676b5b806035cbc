"""Who takes part in a benchmark of queues, and how is each started? Every peer in an environment of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

_HERE = Path(__file__).parent
_PEERS = _HERE.parent / ".install" / "peers"
_UV = Path(sys.executable).parent / "uv"


@dataclass(frozen=True)
class Contestant:
    """One queue, the settings at which it does best, and how it is told about."""

    name: str
    folder: str
    concurrency: int
    """At which its worker does most, of 16, 32, 64 and 100."""
    options: tuple[str, ...] = field(default=())

    @property
    def requirements(self) -> Path:
        """Its pinned packages; who has none runs in watchsync's own environment."""
        return _HERE / "peers" / self.folder / "requirements.txt"

    def python(self) -> str:
        """The interpreter of its environment, which is made when it is missing or its pins have changed."""
        if not self.requirements.exists():
            return sys.executable
        home, wanted = _PEERS / self.folder, self.requirements.read_text()
        made = home / "made-from.txt"
        if not made.exists() or made.read_text() != wanted:
            print(f"making {home}", file=sys.stderr)
            _uv("venv", "--clear", "--python", sys.executable, str(home))
            _uv("pip", "install", "--python", str(home / "bin/python"), "-r", str(self.requirements))
            made.write_text(wanted)
        return str(home / "bin/python")

    def at(self, concurrency: int) -> "Contestant":
        """The same with another concurrency."""
        return replace(self, concurrency=concurrency)

    def run(self, verb: str, url: str, **options: object) -> dict[str, Any]:
        """Run one verb of its program to the end and answer what it found."""
        done = subprocess.run(self._command(verb, url, options), stdout=subprocess.PIPE, env=_env(), check=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    @contextmanager
    def worker(self, url: str, **options: object) -> Iterator["WorkerProcess"]:
        """A worker that runs while inside, and is killed then."""
        command = self._command("work", url, {"tell": True, **options})
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=_env())
        try:
            yield WorkerProcess(process)
        finally:
            process.kill()
            process.wait()

    def _command(self, verb: str, url: str, options: dict[str, object]) -> list[str]:
        command = [self.python(), str(_HERE / "peers" / self.folder / "program.py"), verb, url, *self.options]
        for name, value in {"concurrency": self.concurrency, **options}.items():
            command.append(f"--{name.replace('_', '-')}")
            if value is not True:
                command.append(str(value))
        return command


class WorkerProcess:
    """A worker in a process of its own, which tells of each job that it starts."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._told: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def started(self, timeout_seconds: float = 120) -> dict[str, Any] | None:
        """Wait for the next job to start: its number, and the time of the clock that all processes share."""
        try:
            return self._told.get(timeout=timeout_seconds)
        except Empty:
            return None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._told.put(json.loads(line))
        self._told.put(None)


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_HERE)}


def _uv(*arguments: str) -> None:
    subprocess.run([str(_UV), "--quiet", *arguments], check=True)


WATCHSYNC = Contestant("watchsync", "watchsync", 100)
BARE = Contestant("bound, bare", "bound_bare", 100)
FULL = Contestant("bound, full", "bound_full", 100)
FULL_SINGLE = Contestant("bound, full, a call for each job", "bound_full", 100, ("--form", "single"))
PEERS = (
    Contestant("taskiq-redis 1.2.4", "taskiq_redis", 32),
    Contestant("docket 0.27.0", "docket", 64),
    Contestant("SAQ 0.26.4", "saq", 16),
    Contestant("streaQ 7.2.0", "streaq", 16),
    Contestant("arq 0.28.0", "arq", 100),
)
EVERYBODY = (BARE, FULL, FULL_SINGLE, WATCHSYNC, *PEERS)


def chosen(names: str | None) -> tuple[Contestant, ...]:
    """Those whose folder is named, comma separated; everybody for ``None``."""
    if not names:
        return EVERYBODY
    wanted = names.split(",")
    if unknown := set(wanted) - {contestant.folder for contestant in EVERYBODY}:
        raise SystemExit(f"'{unknown.pop()}' is none of {', '.join(each.folder for each in EVERYBODY)}")
    return tuple(contestant for contestant in EVERYBODY if contestant.folder in wanted)
