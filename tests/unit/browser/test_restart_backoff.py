import pytest

from watchsync.browser.restart_backoff import RestartBackoff
from watchsync.errors import BrowserUnavailable


def test_the_pause_grows_with_each_failure_in_a_row():
    breaker = RestartBackoff()
    assert [breaker.record_failure("no", 0.0) for _ in range(10)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_who_asks_in_the_pause_is_told_what_went_wrong_last():
    breaker = RestartBackoff()
    breaker.record_failure("no such file", 10.0)
    breaker.refuse_in_pause(10.0)
    breaker.record_failure("no memory", 10.0)
    assert breaker.seconds_left(10.2) == pytest.approx(0.3)
    with pytest.raises(BrowserUnavailable, match="no memory"):
        breaker.refuse_in_pause(10.4)
    breaker.refuse_in_pause(10.5)


def test_after_a_browser_that_was_of_use_the_next_may_be_started_at_once():
    breaker = RestartBackoff()
    for _ in range(5):
        breaker.record_failure("no", 0.0)
    breaker.record_service()
    assert breaker.seconds_left(0.0) == 0
    assert breaker.record_failure("no", 0.0) == 0
