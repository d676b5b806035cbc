"""One connection for everybody who listens: whoever comes and goes, and whatever breaks, it is read on."""

import asyncio
from contextlib import AsyncExitStack

import pytest
import uvloop
from structlog.testing import capture_logs

from watchsync.queue.listener import Listener
from watchsync.redis_client import connect

CHANNELS = [f"channel {number}" for number in range(20)]


@pytest.fixture
async def listener(client):
    async with Listener(client) as opened:
        yield opened


async def heard(client, channel: str, messages: asyncio.Queue) -> None:
    """Say something on a channel until it is heard: once it is subscribed, and again after each cut."""
    async with asyncio.timeout(60):
        while await messages.get() is None:
            await client.publish(channel, b"news")


@pytest.mark.parametrize("attempt", range(5))
async def test_many_who_come_while_the_connection_breaks_all_hear(client, listener, attempt):
    early: asyncio.Queue = asyncio.Queue()
    with capture_logs() as lines:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(listener.subscribe("early", early.put_nowait))
            await heard(client, "early", early)
            cutting = asyncio.create_task(client.client_kill_filter(_type="pubsub", skipme=True))
            inboxes: dict[str, asyncio.Queue] = {channel: asyncio.Queue() for channel in CHANNELS}

            async def follow(channel: str, inbox: asyncio.Queue) -> None:
                async with listener.subscribe(channel, inbox.put_nowait):
                    await heard(client, channel, inbox)

            async with asyncio.TaskGroup() as group:
                for number, (channel, inbox) in enumerate(inboxes.items()):
                    group.create_task(follow(channel, inbox))
                    if number % 4 == attempt % 4:
                        await asyncio.sleep(0)
            await cutting
    assert [line for line in lines if line["event"] == "listener.failed"] == []


async def test_a_fault_of_our_own_is_told_and_does_not_end_the_listening(client, listener):
    inbox: asyncio.Queue = asyncio.Queue()

    def stumble(message: bytes | None) -> None:
        if message == b"stone":
            raise LookupError("stumbled")
        inbox.put_nowait(message)

    with capture_logs() as lines:
        async with listener.subscribe("way", stumble):
            assert await inbox.get() is None
            await client.publish("way", b"stone")
            await heard(client, "way", inbox)
    assert [str(line["exc_info"]) for line in lines if line["event"] == "listener.failed"] == ["stumbled"]


async def test_a_channel_is_left_with_its_last_hearer(client, listener):
    first: asyncio.Queue = asyncio.Queue()
    second: asyncio.Queue = asyncio.Queue()
    async with listener.subscribe("stays", first.put_nowait):
        await heard(client, "stays", first)
        async with listener.subscribe("goes", second.put_nowait):
            await heard(client, "goes", second)
            assert await client.publish("goes", b"news") == 1
        while await client.publish("goes", b"news"):
            await client.ping()
        assert await client.publish("stays", b"news") == 1


def test_nothing_is_missed_while_others_come_and_go(redis_url):
    async def listen() -> list[bytes]:
        client = connect(redis_url)
        inbox: asyncio.Queue = asyncio.Queue()
        async with Listener(client) as listener, listener.subscribe("numbers", inbox.put_nowait):
            assert await inbox.get() is None
            for number in range(500):
                visitor: asyncio.Queue = asyncio.Queue()
                async with listener.subscribe(f"channel {number % 7}", visitor.put_nowait):
                    await client.publish("numbers", number)
                    if number % 3:
                        await visitor.get()
            async with asyncio.timeout(60):
                heard = [await inbox.get() for _ in range(500)]
        await client.aclose()
        return heard

    for run in (asyncio.run, uvloop.run):
        assert run(listen()) == [b"%d" % number for number in range(500)]
