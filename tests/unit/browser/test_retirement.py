import pytest

from watchsync.browser.retirement import Retirement


class Used:
    """What retirement looks at."""

    def __init__(
        self,
        *,
        contexts_made: int = 0,
        started: float = 0.0,
        memory_bytes: int = 0,
        is_tainted: bool = False,
        is_failing: bool = False,
    ) -> None:
        self.contexts_made = contexts_made
        self.started = started
        self.memory_bytes = memory_bytes
        self.is_tainted = is_tainted
        self.is_failing = is_failing


@pytest.mark.parametrize(
    ("used", "reason"),
    [
        (Used(contexts_made=199, started=-3599, memory_bytes=549 << 20), None),
        (Used(contexts_made=200), "pages"),
        (Used(started=-3600), "age"),
        (Used(memory_bytes=550 << 20), "memory"),
        (Used(is_tainted=True), "hung"),
        (Used(is_failing=True), "crashed"),
    ],
)
def test_a_browser_is_retired_once_it_has_served_long_enough_or_ill(used, reason):
    assert Retirement().reason(used, 0.0) == reason
