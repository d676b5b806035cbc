"""Whether Redis is there, from nothing but how commands went: told once, and over when a probe is answered."""

import asyncio

import pytest
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError as RedisConnectionError,
    DataError,
    NoScriptError,
    OutOfMemoryError,
    ResponseError,
    TimeoutError as RedisTimeoutError,
)
from structlog.testing import capture_logs

from watchsync.availability import UNAVAILABLE, CommandRefused, Reason, RedisAvailability, reason_of
from watchsync.metrics import Metrics

GONE = RedisConnectionError("gone")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RedisConnectionError("Connection refused"), Reason.UNREACHABLE),
        (OSError("no route to host"), Reason.UNREACHABLE),
        (RedisTimeoutError("no answer"), Reason.SILENT),
        (BusyLoadingError("loading the dataset"), Reason.LOADING),
        (OutOfMemoryError("command not allowed"), Reason.FULL),
        (ResponseError("MISCONF cannot persist"), Reason.FULL),
        (ResponseError("ERR Error running script: -READONLY You can't write"), Reason.READ_ONLY),
        (ResponseError("BUSY Redis is busy running a script"), Reason.BUSY),
        (ResponseError("CLUSTERDOWN The cluster is down"), Reason.FAILOVER),
        (ResponseError("WRONGTYPE Operation against a key"), Reason.REFUSED),
        (ResponseError("Protocol error: unauthenticated multibulk length"), Reason.LOCKED_OUT),
        (CommandRefused("no"), Reason.REFUSED),
    ],
)
def test_each_failure_has_its_reason(error, reason):
    assert reason_of(error) is reason


@pytest.mark.parametrize("error", [ResponseError("ERR ILLEGAL move"), NoScriptError("No matching"), DataError("what?")])
def test_an_answer_that_only_its_caller_understands_is_no_outage(error):
    assert reason_of(error) is None
    assert not isinstance(error, UNAVAILABLE)


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
            availability.record_failure(Reason.REFUSED, ResponseError("WRONGTYPE Operation against a key"))
        availability.record_failure(Reason.REFUSED, ResponseError("NOPERM this user"))
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
