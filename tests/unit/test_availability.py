"""Whether Redis is there, from nothing but how commands went: told once, and over when a probe is answered."""

import asyncio

from redis.exceptions import ConnectionError as RedisConnectionError, ResponseError
from structlog.testing import capture_logs

from watchsync.availability import RedisAvailability
from watchsync.metrics import Metrics
from watchsync.redis_errors import Reason

GONE = RedisConnectionError("gone")


def test_nothing_is_known_before_the_first_command():
    availability = RedisAvailability()
    assert (availability.is_up, availability.is_down) == (False, False)
    availability.record_success()
    assert (availability.is_up, availability.is_down) == (True, False)


def test_an_outage_is_told_once_counted_each_time_and_over_only_when_a_probe_is_answered():
    metrics = Metrics()
    times = iter([100.0, 107.25])
    availability = RedisAvailability(metrics, clock=lambda: next(times))
    with capture_logs() as lines:
        for _ in range(3):
            availability.record_failure(Reason.UNREACHABLE, GONE)
        availability.record_success()  # a full server still answers reads
        is_up_meanwhile = availability.is_up
        availability.record_recovery()
        availability.record_recovery()
    assert not is_up_meanwhile
    assert availability.is_up
    assert [(line["event"], line.get("away_seconds")) for line in lines] == [
        ("redis.lost", None),
        ("redis.recovered", 7.2),
    ]
    counted = {"reason": "unreachable"}
    assert metrics.registry.get_sample_value("watchsync_redis_errors_total", counted) == 3
    assert metrics.registry.get_sample_value("watchsync_redis_up") == 1


def test_a_command_refused_for_its_own_sake_is_told_once_and_no_outage():
    availability = RedisAvailability(Metrics())
    availability.record_success()
    with capture_logs() as lines:
        for _ in range(2):
            availability.record_failure(
                Reason.REFUSED, ResponseError("WRONGTYPE Operation against a key"), is_outage=False
            )
        availability.record_failure(Reason.LOCKED_OUT, ResponseError("NOPERM this user"), is_outage=False)
    assert [line["event"] for line in lines] == ["redis.command_refused"] * 2
    assert availability.is_up


def test_without_metrics_it_keeps_all_to_itself():
    availability = RedisAvailability()
    with capture_logs() as lines:
        availability.record_failure(Reason.SILENT, GONE)
        availability.record_recovery()
    assert lines == []


async def test_who_waits_for_redis_goes_on_when_it_is_back():
    availability = RedisAvailability()
    availability.record_failure(Reason.LOADING, GONE)
    waiting = asyncio.create_task(availability.until_up())
    await asyncio.sleep(0)
    assert not waiting.done()
    availability.record_recovery()
    async with asyncio.timeout(60):
        await waiting


def test_a_command_that_was_sent_before_an_outage_was_over_is_no_new_one():
    now = 100.0
    availability = RedisAvailability(Metrics(), clock=lambda: now)
    began = availability.moment()
    availability.record_failure(Reason.UNREACHABLE, GONE)
    now = 101.0
    availability.record_recovery()
    with capture_logs() as lines:
        availability.record_failure(Reason.SILENT, GONE, began=began)
        assert (availability.is_up, lines) == (True, [])
        availability.record_failure(Reason.SILENT, GONE, began=availability.moment())
    assert [line["event"] for line in lines] == ["redis.lost"]
