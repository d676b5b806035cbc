"""What did each process see? Lines appended to one file, so that a killed process loses none."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Note:
    """One thing that one process saw at one time."""

    what: str
    who: str
    at: float
    facts: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.facts[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Notes:
    """Appends to the file; each line is one write, which the kernel keeps whole."""

    def __init__(self, path: Path, who: str) -> None:
        self._who = who
        self._file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    def __call__(self, what: str, **facts: object) -> None:
        line = json.dumps({"what": what, "who": self._who, "at": time.time(), "facts": facts}, default=str)
        os.write(self._file, line.encode() + b"\n")


def read(path: Path) -> Iterator[Note]:
    """All notes, in the order in which they were written."""
    for line in path.read_text().splitlines():
        yield Note(**json.loads(line))
