"""How much memory may we use, and how much do we use? The container's numbers, not the host's."""

import os
from pathlib import Path

import psutil

_UNLIMITED = 1 << 60
_MIB = 1 << 20
_MOST_SLOTS = 8
_PLANNED_SHARE = 0.7
"""Of the limit; above it no further job is taken."""
_NORMAL_GROWTH = 1.35
"""A browser that has served for long takes more than one that is new; beyond this it is replaced."""
_MEBIBYTES = {"shell": (205, 100), "headless": (270, 130), "headed": (295, 130)}
"""The whole worker, and each of its slots, by the browser's mode: measured with pages of 1.9 MB."""


def needed_bytes(mode: str, slots: int) -> int:
    """The most that a whole worker takes with this many pages at once; ``auto`` may become the heaviest mode."""
    base, slot = _MEBIBYTES.get(mode, _MEBIBYTES["headed"])
    return (base + slots * slot) * _MIB


def recommended_slots(cores: int, limit_bytes: int, mode: str) -> int:
    """Pages at once: one for each core, as far as memory goes; a third one on two cores brings 3%."""
    room = limit_bytes * _PLANNED_SHARE
    fitting = sum(needed_bytes(mode, slots) <= room for slots in range(1, _MOST_SLOTS + 1))
    return max(1, min(cores, fitting))


def retirement_bytes(mode: str, slots: int) -> int:
    """What a browser with its driver may grow to before another takes its place."""
    return int(needed_bytes(mode, slots) * _NORMAL_GROWTH)


def limit_bytes(root: Path = Path("/")) -> int:
    """The least limit of the cgroups (v1 or v2) that this process is in, else the host's memory."""
    limits = [value for folder in _cgroups(root) if (value := _limit(folder)) is not None]
    return min([*limits, psutil.virtual_memory().total])


def used_bytes(root: Path = Path("/")) -> int:
    """Memory of the container without its reclaimable file cache; of our process tree where there is no limit."""
    for folder in _cgroups(root):
        if _limit(folder) is not None:
            used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes")
            if used is not None:
                return max(used - _inactive_file(folder), 0)
    return tree_bytes(os.getpid())


def tree_bytes(pid: int) -> int:
    """Proportional set size of a process and all its descendants; slow (some 30 ms), so call it in a thread."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(map(_pss, family))


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return 0


def _cgroups(root: Path) -> list[Path]:
    """Folders of this process's memory cgroups, innermost first."""
    base = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    folders: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            folders += _upwards(base, path)
        elif "memory" in controllers.split(","):
            folders += _upwards(base / "memory", path)
    return [folder for folder in folders if folder.is_dir()]


def _upwards(base: Path, path: str) -> list[Path]:
    """The folder and those above it. Inside a container the path may be the host's; then only ``base`` exists."""
    parts = [part for part in path.split("/") if part not in {"", ".."}]
    return [base.joinpath(*parts[:count]) for count in range(len(parts), -1, -1)]


def _limit(folder: Path) -> int | None:
    for name in ("memory.max", "memory.limit_in_bytes"):
        value = _number(folder / name)
        if value is not None and value < _UNLIMITED:
            return value
    return None


def _inactive_file(folder: Path) -> int:
    try:
        stat = dict(line.split(" ", 1) for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return 0
    return int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
