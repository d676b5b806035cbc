"""How does it stand with the browser?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """How it stands with the browser.

    ``is_well``: one runs, or none was needed yet. ``is_available``: a job may hope for one; otherwise every start
    failed, and no work should be taken. ``sentence`` is for people.
    """

    is_well: bool
    is_available: bool
    restarts: int
    sentence: str
