"""What a machine does to a browser: no memory, no disk, no shared memory, no descriptors left."""

import asyncio
import os
import resource
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

import light_browser
from warm_pool import warm_up
from watchsync.browser.launcher import Launcher
from watchsync.browser.pool import Pool
from watchsync.errors import BrowserLost, BrowserUnavailable

GROUPS = Path("/sys/fs/cgroup/memory")
HUNGRY = """(source) => { const kept = []; for (let i = 0; i < 64; i++) {
  const part = new Uint8Array(16 << 20); part.fill(i + 1); kept.push(part); } return {title: kept.length}; }"""
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="only root may mount and make namespaces"
)
in_a_group = pytest.mark.skipif(
    not os.access(GROUPS / "memory.limit_in_bytes", os.W_OK), reason="no writable cgroup v1 memory controller here"
)


def browser_in(tmp_path: Path, script: str) -> Launcher:
    """Starts the browser after a few lines of shell."""
    wrapper = tmp_path / "browser"
    wrapper.write_text(f"#!/bin/sh\nset -e\n{script}\n")
    wrapper.chmod(0o755)
    return light_browser.launcher(path=wrapper)


@pytest.fixture
def group(tmp_path):
    """A memory cgroup with room for one browser and an ordinary page, and a way to start a browser in it."""
    folder = GROUPS / f"watchsync-test-{os.getpid()}"
    folder.mkdir()
    (folder / "memory.limit_in_bytes").write_text(str(220 << 20))
    yield browser_in(tmp_path, f'echo $$ > {folder}/cgroup.procs\nexec {light_browser.program()} "$@"')
    for pid in (folder / "cgroup.procs").read_text().split():
        psutil.Process(int(pid)).wait(60)
    folder.rmdir()


async def reads_a_page(pool, stand_in) -> bool:
    async with pool.lend(stand_in.site()) as session:
        return (await session.open(f"{stand_in.origin}/list")).status == 200


def restarts(metrics, reason: str) -> float:
    return metrics.registry.get_sample_value("watchsync_browser_restarts_total", {"reason": reason})


@in_a_group
async def test_a_page_that_the_kernel_kills_for_its_memory_costs_one_job_and_no_browser(group, stand_in, metrics):
    async with Pool(group, metrics, slots=1) as pool:
        async with pool.lend(stand_in.site(capture=HUNGRY)) as session:
            with pytest.raises(BrowserLost):
                await session.open(f"{stand_in.origin}/list")
        assert await reads_a_page(pool, stand_in)
        assert pool.health.restarts == 0


@in_a_group
async def test_a_browser_that_the_kernel_kills_for_its_memory_is_replaced(group, stand_in, metrics):
    async with Pool(group, metrics, slots=1) as pool:
        async with pool.lend(stand_in.site(capture=HUNGRY)) as session:
            Path(f"/proc/{session._chromium.pid}/oom_score_adj").write_text("1000")
            with pytest.raises(BrowserLost):
                await session.open(f"{stand_in.origin}/list")
        assert await reads_a_page(pool, stand_in)
        assert restarts(metrics, "crashed") == 1


@in_a_group
async def test_pages_that_are_killed_one_after_the_other_have_the_browser_replaced(group, stand_in, metrics):
    async with Pool(group, metrics, slots=1) as pool:
        for _ in range(3):
            async with pool.lend(stand_in.site(capture=HUNGRY)) as session:
                with pytest.raises(BrowserLost):
                    await session.open(f"{stand_in.origin}/list")
        await pool.settled()
        assert restarts(metrics, "crashed") == 1
        assert await reads_a_page(pool, stand_in)


@in_a_group
async def test_where_there_is_no_room_for_any_page_no_job_is_tried(group, stand_in, metrics, tmp_path):
    folder = next(GROUPS.glob(f"watchsync-test-{os.getpid()}"))
    (folder / "memory.limit_in_bytes").write_text(str(40 << 20))
    async with Pool(group, metrics, slots=1) as pool:
        with pytest.raises(BrowserUnavailable):
            await reads_a_page(pool, stand_in)
        assert not pool.is_available()
        (folder / "memory.limit_in_bytes").write_text(str(220 << 20))
        await available(pool)
        assert await reads_a_page(pool, stand_in)


async def available(pool) -> None:
    """Wait until a browser can be had again, without asking for one."""
    while not pool.is_available():
        await asyncio.sleep(0.01)


@as_root
@pytest.mark.parametrize(
    "mount",
    ["mount -t tmpfs -o size=4k none /dev/shm", 'mount -t tmpfs -o size=4k none "$TMPDIR"'],
    ids=["shm", "disk"],
)
async def test_pages_are_read_where_shared_memory_or_the_disk_is_full(stand_in, metrics, tmp_path, mount):
    script = f'exec unshare -m sh -c \'{mount}; exec {light_browser.program()} "$@"\' sh "$@"'
    async with Pool(browser_in(tmp_path, script), metrics, slots=1) as pool:
        assert await reads_a_page(pool, stand_in)


@contextmanager
def temporary_files_in(folder: Path):
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@as_root
async def test_a_disk_without_room_for_a_single_file_is_waited_out(stand_in, metrics, tmp_path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=1", "none", tmp_path], check=True)
    try:
        async with Pool(light_browser.launcher(), metrics, slots=1) as pool:
            with temporary_files_in(tmp_path):
                with pytest.raises(BrowserUnavailable, match="No space left"):
                    await reads_a_page(pool, stand_in)
                assert not pool.is_available()
            await available(pool)
            assert await reads_a_page(pool, stand_in)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@contextmanager
def descriptors_left(count: int):
    """Leave so many descriptors to this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    held = []
    with suppress(OSError):
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    for descriptor in held[:count]:
        os.close(descriptor)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held[count:]:
            os.close(descriptor)


@pytest.mark.parametrize("count", [0, 2, 4])
async def test_running_out_of_descriptors_is_waited_out(stand_in, metrics, count):
    async with Pool(light_browser.launcher(), metrics, slots=1) as pool:
        with descriptors_left(count):
            with pytest.raises(BrowserUnavailable):
                await warm_up(pool)
            assert not pool.is_available()
        await available(pool)
        assert await reads_a_page(pool, stand_in)
