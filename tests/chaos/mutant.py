"""What is a mutant? A safeguard, and how it is broken."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One safeguard, how it is broken, and the storm, or else the tests, that show it."""

    safeguard: str
    file: str
    before: str
    after: str
    caught_by: str = "failed"
    storm: str = "--no-crowd"
    tests: str = ""
    """What pytest runs in place of a storm."""
