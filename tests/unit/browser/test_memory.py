import os
from pathlib import Path

import pytest

from watchsync.browser.memory import (
    limit_bytes,
    needed_bytes,
    recommended_slots,
    retirement_bytes,
    tree_bytes,
    used_bytes,
)

MIB = 1 << 20


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{content}\n")


def v1(root: Path, path: str, limit: int, used: int, inactive: int = 0) -> None:
    folder = root / "sys/fs/cgroup/memory" / path.strip("/")
    put(root / "proc/self/cgroup", f"8:pids:/\n4:memory:{path}\n0::/")
    put(folder / "memory.limit_in_bytes", limit)
    put(folder / "memory.usage_in_bytes", used)
    put(folder / "memory.stat", f"cache 1\ntotal_inactive_file {inactive}")


def v2(root: Path, path: str, limit: object, used: int, inactive: int = 0) -> None:
    folder = root / "sys/fs/cgroup" / path.strip("/")
    put(root / "proc/self/cgroup", f"0::{path}")
    put(folder / "memory.max", limit)
    put(folder / "memory.current", used)
    put(folder / "memory.stat", f"anon 5\ninactive_file {inactive}")


@pytest.mark.parametrize("write", [v1, v2])
def test_the_containers_limit_and_use_count_without_cache_that_can_be_dropped(tmp_path, write):
    write(tmp_path, "/", 512 * MIB, 300 * MIB, inactive=100 * MIB)
    assert limit_bytes(tmp_path) == 512 * MIB
    assert used_bytes(tmp_path) == 200 * MIB


@pytest.mark.parametrize("write", [v1, v2])
def test_the_limit_of_this_process_own_group_counts(tmp_path, write):
    write(tmp_path, "/app/worker", 256 * MIB, 10 * MIB)
    assert limit_bytes(tmp_path) == 256 * MIB


def test_the_least_of_the_nested_limits_counts(tmp_path):
    v2(tmp_path, "/app/worker", "max", 10 * MIB)
    put(tmp_path / "sys/fs/cgroup/app/memory.max", 128 * MIB)
    put(tmp_path / "sys/fs/cgroup/app/memory.current", 64 * MIB)
    assert limit_bytes(tmp_path) == 128 * MIB
    assert used_bytes(tmp_path) == 64 * MIB


def test_a_path_of_the_host_that_does_not_exist_inside_is_looked_for_at_the_root(tmp_path):
    v2(tmp_path, "/", 128 * MIB, 64 * MIB)
    put(tmp_path / "proc/self/cgroup", "0::/docker/0123abcd")
    assert limit_bytes(tmp_path) == 128 * MIB


def test_without_a_limit_the_machine_and_our_own_processes_count(tmp_path):
    v1(tmp_path, "/", 9_223_372_036_854_771_712, 10 * MIB)
    assert limit_bytes(tmp_path) > 100 * MIB
    assert used_bytes(tmp_path) >= tree_bytes(os.getpid()) // 2 > 0


def test_a_process_that_is_gone_uses_nothing():
    assert tree_bytes(2**22 + 1) == 0


@pytest.mark.parametrize(
    ("mode", "cores", "mib", "slots"),
    [
        ("shell", 2, 1024, 2),
        ("shell", 8, 1024, 5),
        ("shell", 2, 768, 2),
        ("shell", 2, 512, 1),
        ("headless", 8, 1024, 3),
        ("headed", 2, 1024, 2),
        ("headed", 8, 1024, 3),
        ("headed", 2, 768, 1),
        ("headed", 2, 512, 1),
        ("auto", 8, 1024, 3),
        ("headed", 1, 1024, 1),
        ("headed", 2, 256, 1),
        ("headed", 4, 4096, 4),
        ("shell", 64, 1 << 20, 8),
    ],
)
def test_slots_follow_the_cores_as_far_as_memory_goes(mode, cores, mib, slots):
    assert recommended_slots(cores, mib * MIB, mode) == slots


@pytest.mark.parametrize("mode", ["shell", "headless", "headed", "auto"])
def test_a_browser_may_grow_beyond_what_a_new_one_needs_and_not_without_end(mode):
    needed = needed_bytes(mode, 2)
    assert needed < retirement_bytes(mode, 2) < 1.5 * needed
