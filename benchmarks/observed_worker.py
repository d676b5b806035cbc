"""A worker like ``watchsync worker`` that also notes how late its event loop is.

Its last line on standard output tells that, after SIGTERM.
"""

import asyncio
import sys
from time import perf_counter

import orjson

from watchsync import logs, settings as setting
from watchsync.availability import RedisAvailability
from watchsync.cli.process_lifetime import Stop, run
from watchsync.metrics import Metrics
from watchsync.worker.app import serve_worker

_EVERY_SECONDS = 0.01


class Lag:
    """How much later than asked for the loop came back, each hundredth of a second."""

    def __init__(self) -> None:
        self._milliseconds: list[float] = []

    async def note(self) -> None:
        """Note for ever."""
        while True:
            asked = perf_counter() + _EVERY_SECONDS
            await asyncio.sleep(_EVERY_SECONDS)
            self._milliseconds.append(max(perf_counter() - asked, 0) * 1000)

    def told(self) -> dict[str, float]:
        """The distribution, in milliseconds."""
        ordered = sorted(self._milliseconds) or [0.0]
        shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
        found = {name: ordered[min(int(share * len(ordered)), len(ordered) - 1)] for name, share in shares.items()}
        return {**found, "max": ordered[-1], "samples": len(self._milliseconds)}


async def _work(stop: Stop) -> None:
    settings = setting.load()
    logs.configure(settings.log_level, settings.log_format)
    lag = Lag()
    metrics = Metrics()
    async with serve_worker(settings, metrics, RedisAvailability(metrics), probe_port=settings.worker_port):
        noting = asyncio.create_task(lag.note())
        await stop.wait()
        noting.cancel()
    sys.stdout.write(orjson.dumps(lag.told()).decode() + "\n")


if __name__ == "__main__":
    run(_work)
