"""How much does the queue remember of what has ended? Every process that shares a Redis should use the same bounds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """Bounds that the scripts apply. Dead letters are kept four times as long as other finished jobs."""

    finished_seconds: int = 7 * 86_400
    """How long a finished job's record is kept."""
    finished_records: int = 10_000
    """How many finished jobs are kept at most, dead letters included; the oldest go first."""
    dead_letters: int = 1_000
    """How many dead letters are kept at most."""
    attempts: int = 20
    """How many attempts a job's history holds; the earliest go first."""


RETENTION = Retention()
"""What production uses."""
