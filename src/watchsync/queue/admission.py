"""How much may be asked of the queue? Budgets that all API processes share, since the submit script keeps them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admission:
    """Bounds of what is taken in; 0 is none."""

    lists_per_hour: int = 0
    """New lists that one address may ask for in an hour."""
    first_lists: int = 5
    """So many of them go with everybody's; the others wait behind what is scheduled."""
    waiting_jobs: int = 0
    """Interactive jobs that may wait to be taken, whoever asked for them."""


OPEN = Admission()
"""Takes in everything, as suits an operator's own commands."""
