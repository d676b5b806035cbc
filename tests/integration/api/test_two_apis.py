"""Two API processes on one Redis: what one was asked for, the other one tells; the work is done elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import orjson
import pytest

from running_workers import BlockedWork, running_worker
from watchsync.api.app import create_app
from watchsync.catalog.store import SnapshotStore
from watchsync.metrics import Metrics
from watchsync.origin.breaker_monitor import BreakerMonitor
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect
from watchsync.settings import load


@pytest.fixture
async def open_api(redis_url, aiohttp_client):
    """Open an API with a connection, a listener and metrics of its own."""
    async with AsyncExitStack() as stack:

        async def opened():
            client = connect(redis_url)
            stack.push_async_callback(client.aclose)
            queue = await stack.enter_async_context(open_queue(client, Metrics()))
            api = await aiohttp_client(
                create_app(load(), Metrics(), queue, SnapshotStore(client), BreakerMonitor(client, {}))
            )
            stack.push_async_callback(api.close)
            return api

        yield opened


@asynccontextmanager
async def events_at(api, job_id: str, *, after: str = "") -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
    """The job's events as id and status, as they come."""

    async def read(stream):
        number = ""
        async for line in stream.content:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name == "id":
                number = value
            elif name == "data" and value.startswith('{"jobId'):
                yield number, orjson.loads(value)["status"]

    headers = {"Last-Event-ID": after} if after else {}
    async with asyncio.timeout(120), api.get(f"/api/sync/{job_id}/events", headers=headers) as stream:
        yield read(stream)


async def asked(api) -> str:
    return (await (await api.post("/api/sync", json={"listRef": "ur1"})).json())["jobId"]


async def test_who_listens_at_one_api_sees_what_a_worker_elsewhere_does_for_another(open_api, redis_url):
    one, other = await open_api(), await open_api()
    work = BlockedWork()
    work.may_end.set()
    job_id = await asked(one)
    async with events_at(other, job_id) as events:
        assert (await anext(events))[1] == "pending"
        async with running_worker(redis_url, work):
            seen = [status async for _, status in events]
    assert seen[-1] == "completed"


async def test_a_stream_that_broke_off_at_one_api_goes_on_at_another(open_api, redis_url):
    one, other = await open_api(), await open_api()
    work = BlockedWork()
    job_id = await asked(one)
    async with running_worker(redis_url, work):
        await work.started.get()
        async with events_at(one, job_id) as events:
            last, status = await anext(events)
        await one.close()
        async with events_at(other, job_id, after=last) as events:
            work.may_end.set()
            seen = [event async for event in events]
    assert status == "processing"
    assert [status for _, status in seen] == ["completed"]
    assert int(seen[0][0]) > int(last)
