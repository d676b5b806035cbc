"""The worker as it is put together: it does not outlive its own loop."""

import asyncio

import pytest
from structlog.testing import capture_logs

from watchsync.errors import WorkerBroke
from watchsync.metrics import Metrics
from watchsync.settings import load
from watchsync.weather import Weather
from watchsync.worker import app
from watchsync.worker.loop import Worker


class Fragile(Worker):
    """Breaks when its queue is served."""

    async def work(self, stop: asyncio.Event) -> None:
        raise ZeroDivisionError("a fault of our own")


class BreaksLast(Worker):
    """Breaks while it drains."""

    async def work(self, stop: asyncio.Event) -> None:
        await stop.wait()
        raise ZeroDivisionError("a fault of our own")


async def test_a_worker_whose_loop_breaks_takes_its_process_along(redis_url, monkeypatch):
    monkeypatch.setattr(app, "Worker", Fragile)
    metrics = Metrics()
    with capture_logs() as lines, pytest.raises(WorkerBroke, match="its log says which"):
        async with asyncio.timeout(20), app.working(load(redis_url=redis_url), metrics, Weather(metrics), probe_port=0):
            await asyncio.Event().wait()
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["worker.broke"]


async def test_a_worker_that_breaks_while_it_drains_says_so_too(redis_url, monkeypatch):
    monkeypatch.setattr(app, "Worker", BreaksLast)
    metrics = Metrics()
    with pytest.raises(WorkerBroke):
        async with asyncio.timeout(20), app.working(load(redis_url=redis_url), metrics, Weather(metrics), probe_port=0):
            pass
