"""What anybody can make happen does not flood the log."""

from structlog.testing import capture_logs

from watchsync.http.rare_log import RareLog


def test_a_million_times_an_hour_is_a_line_a_minute_that_says_how_often():
    now = 0.0
    log = RareLog("request.malformed", lambda: now)
    with capture_logs() as lines:
        for _ in range(1_000):
            log.write(peer="192.0.2.7")
        now = 60.0
        log.write(peer="192.0.2.8")
    assert [(line["event"], line["passed_over"], line["peer"]) for line in lines] == [
        ("request.malformed", 0, "192.0.2.7"),
        ("request.malformed", 999, "192.0.2.8"),
    ]
