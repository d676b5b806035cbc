"""How much memory does the running browser take? Measured every few seconds, for its retirement and for the gauge."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from watchsync.browser.chromium import Chromium
from watchsync.browser.memory import tree_bytes
from watchsync.metrics import Metrics


async def measure(running: Callable[[], Chromium | None], metrics: Metrics, every_seconds: float) -> None:
    """Measure until cancelled; a browser that runs elsewhere is not measured."""
    while True:
        await asyncio.sleep(every_seconds)
        chromium = running()
        if chromium is not None and chromium.root_pids:
            with suppress(OSError):
                chromium.memory_bytes = await asyncio.to_thread(_bytes, chromium.root_pids)
                metrics.browser_memory_bytes.set(chromium.memory_bytes)


def _bytes(pids: list[int]) -> int:
    return sum(map(tree_bytes, pids))
