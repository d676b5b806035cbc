"""What anybody can make happen does not flood the log."""

from structlog.testing import capture_logs

from watchsync.http.rare_log import RareLog


def test_a_million_times_an_hour_is_a_line_a_minute_that_says_how_often():
    now = 0.0
    log = RareLog("request.malformed", lambda: now)
    with capture_logs() as lines:
        for _ in range(1_000):
            log.write(kind="one")
        now = 60.0
        log.write(kind="other")
    assert [(line["event"], line["passed_over"], line["kind"]) for line in lines] == [
        ("request.malformed", 0, "one"),
        ("request.malformed", 999, "other"),
    ]
