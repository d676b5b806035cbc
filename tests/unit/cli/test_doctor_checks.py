"""What doctor concludes from what it sees."""

from pathlib import Path

import pytest

from watchsync.cli import doctor_checks, doctor_redis
from watchsync.cli.doctor_checks import Finding
from watchsync.errors import BrowserUnavailable

EVICTING = [f"{which}-{how}" for which in ("allkeys", "volatile") for how in ("lru", "lfu", "random")]
EVICTING += ["volatile-ttl"]
GOOD = {"redis_version": "7.0.15", "aof_enabled": 1, "maxmemory_policy": "noeviction"}


def fixes(facts: dict[str, object]) -> list[str]:
    return [finding.name for finding in doctor_redis.server_findings(facts) if not finding.is_good]


def test_a_good_line_has_a_tick_and_a_bad_one_its_fix():
    assert Finding("Disk", "full", "Free some.").line() == "✗ Disk: full Fix: Free some."
    assert Finding("Disk", "empty").line() == "✓ Disk: empty"


def test_a_good_redis_needs_nothing():
    assert fixes(GOOD) == []


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"redis_version": "5.0.14"}, "Redis version"),
        ({"redis_version": "6.0.9"}, "Redis version"),
        ({"aof_enabled": 0}, "Redis persistence"),
        *(({"maxmemory_policy": policy}, "Redis eviction") for policy in EVICTING),
        ({"maxmemory": 100 * 2**20, "used_memory": 91 * 2**20}, "Redis memory"),
    ],
)
def test_a_redis_that_loses_jobs_is_named(facts: dict[str, object], named: str):
    assert fixes(GOOD | facts) == [named]


def test_a_host_that_hides_its_settings_is_not_blamed():
    assert fixes({}) == []


async def test_a_browser_that_does_not_start_says_how_to_get_one():
    async def fail() -> str:
        raise BrowserUnavailable

    finding = await doctor_checks.browser_finding(fail)

    assert finding.seen == "No browser could be started."
    assert "make install" in finding.line()


@pytest.mark.parametrize(("status", "good"), [(200, True), (401, False), (403, False), (503, False)])
def test_tmdbs_status_judges_the_token(status: int, good: bool):
    assert doctor_checks.token_finding(status).is_good is good


def test_too_little_memory_is_named():
    assert not doctor_checks.memory_finding(100 * 2**20).is_good
    assert doctor_checks.memory_finding(2**30).is_good
    assert doctor_checks.memory_finding(None).is_good


def test_free_memory_is_what_the_containers_limit_leaves(tmp_path: Path):
    (tmp_path / "meminfo").write_text("MemTotal: 4000 kB\nMemAvailable: 2000 kB\n")
    assert doctor_checks.free_memory_bytes(tmp_path, tmp_path) == 2000 * 1024

    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert doctor_checks.free_memory_bytes(tmp_path, tmp_path) == 600_000

    (tmp_path / "memory.max").write_text("max\n")
    assert doctor_checks.free_memory_bytes(tmp_path, tmp_path) == 2000 * 1024

    assert doctor_checks.free_memory_bytes(tmp_path / "none", tmp_path) is None


def test_the_disk_is_looked_at_where_the_folder_will_be(tmp_path: Path):
    assert str(tmp_path / "a/b") in doctor_checks.disk_finding(tmp_path / "a/b").seen
