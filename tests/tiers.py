"""Which cases of a test are left to ``make full``? Those whose kind a quicker case shows already."""

from collections.abc import Iterable
from typing import Any

import pytest


def in_full(cases: Iterable[Any]) -> list[Any]:
    """The same cases, for ``make full`` only."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.full) for case in cases]
