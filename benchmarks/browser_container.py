"""Does a worker fit in a container of 1 GiB? Many syncs of a long list inside of a real memory cgroup.

Redis, the site and this program are outside of it. Needs root, to make the group.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

from house import must_complete, opened
from table import shown

_ROOT = Path("/sys/fs/cgroup")
_TITLES = 1_179
_MIB = 1 << 20
_AIM_BYTES = 450 * _MIB
_JOIN = 'echo $$ > "$0" && exec "$@"'


@dataclass
class Group:
    """A memory cgroup, of version 1 or 2, and the most that was seen in it."""

    folder: Path
    is_first_version: bool
    most: dict[str, int] = field(default_factory=dict)

    @property
    def inside(self) -> list[str]:
        """The command that runs the one behind it in this group."""
        return ["sh", "-c", _JOIN, str(self.folder / "cgroup.procs")]

    def look(self) -> None:
        """Note how much is in use, with the file cache and without."""
        lines = (self.folder / "memory.stat").read_text().splitlines()
        stat = {name: int(value) for name, value in map(str.split, lines)}
        start = "total_" if self.is_first_version else ""
        used = self._number("memory.usage_in_bytes" if self.is_first_version else "memory.current")
        files = stat[f"{start}active_file"] + stat[f"{start}inactive_file"]
        anonymous = stat["total_rss" if self.is_first_version else "anon"]
        now = {"with": used, "without": used - files, "anonymous": anonymous}
        self.most = {name: max(value, self.most.get(name, 0)) for name, value in now.items()}

    @property
    def peak_bytes(self) -> int:
        """The kernel's own word on the most that was ever used, file cache included."""
        name = "memory.max_usage_in_bytes" if self.is_first_version else "memory.peak"
        return self._number(name) if (self.folder / name).exists() else self.most["with"]

    @property
    def kills(self) -> int:
        """How many processes the kernel killed for want of memory."""
        lines = (self.folder / ("memory.oom_control" if self.is_first_version else "memory.events")).read_text()
        found = dict(line.split() for line in lines.splitlines())
        return int(found["oom_kill"])

    def limit(self, limit_bytes: int) -> None:
        """Let no more be used than that, and nothing swapped out."""
        if self.is_first_version:
            (self.folder / "memory.limit_in_bytes").write_text(str(limit_bytes))
            return
        (self.folder / "memory.max").write_text(str(limit_bytes))
        if (swap := self.folder / "memory.swap.max").exists():
            swap.write_text("0")

    def _number(self, name: str) -> int:
        return int((self.folder / name).read_text())


@contextmanager
def _grouped(limit_bytes: int) -> Iterator[Group]:
    """Make a group while inside; ends the program with the reason where that cannot be done."""
    is_first = (_ROOT / "memory/memory.limit_in_bytes").exists()
    if not is_first and "memory" not in _text(_ROOT / "cgroup.subtree_control").split():
        raise SystemExit("There is no memory controller under /sys/fs/cgroup, neither of cgroup v1 nor of v2.")
    group = Group(_ROOT / ("memory" if is_first else "") / f"watchsync-bench-{os.getpid()}", is_first)
    try:
        group.folder.mkdir()
        group.limit(limit_bytes)
    except OSError as error:
        raise SystemExit(f"A memory cgroup cannot be made ({error.strerror}). Run this as root.") from None
    try:
        yield group
    finally:
        _remove(group.folder)


def _remove(folder: Path) -> None:
    for _ in range(100):
        try:
            folder.rmdir()
        except OSError:
            sleep(0.1)  # its last process is just ending
        else:
            return
    print(f"{folder} could not be removed", file=sys.stderr)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def _fill(given: argparse.Namespace) -> int:
    with _grouped(given.limit * _MIB) as group:
        async with opened() as house:
            await house.site.make(_TITLES)
            await house.start_worker(slots=given.slots, inside=group.inside)
            looking = asyncio.create_task(_keep_looking(group))
            started = perf_counter()
            jobs = await house.sync_all([house.new_slug(_TITLES) for _ in range(given.syncs)])
            seconds = perf_counter() - started
            looking.cancel()
            must_complete(jobs)
        again = sum(job.attempts > 1 for job in jobs)
        print(f"{len(jobs)} syncs of {_TITLES:,} titles, {given.slots} at once, in {seconds:.0f} s", end=" ")
        print(f"inside of a cgroup v{1 if group.is_first_version else 2} of {given.limit} MiB")
        print(f"out-of-memory kills: {group.kills}; syncs that needed another attempt: {again}\n")
        print(_table(group, given))
        return 0 if group.kills == 0 else 1


async def _keep_looking(group: Group) -> None:
    while True:
        group.look()
        await asyncio.sleep(0.1)


def _table(group: Group, given: argparse.Namespace) -> str:
    peaks = {
        "everything, file cache included (kernel)": group.peak_bytes,
        "without file cache (every 0.1 s)": group.most["without"],
        "anonymous memory alone (every 0.1 s)": group.most["anonymous"],
    }
    limit = given.limit * _MIB
    rows = [
        (name, f"{peak / _MIB:.0f}", f"{peak / limit:.2f}", f"{peak / _AIM_BYTES:.2f}") for name, peak in peaks.items()
    ]
    return shown(("peak", "MiB", "/ limit", f"/ {_AIM_BYTES // _MIB} MiB"), rows, markdown=given.markdown)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--syncs", type=int, default=200)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--limit", type=int, default=1024, help="MiB")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="4 syncs")
    given = parser.parse_args()
    if given.smoke:
        given.syncs = 4
    return given


if __name__ == "__main__":
    sys.exit(asyncio.run(_fill(_given())))
