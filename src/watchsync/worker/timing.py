"""How does a worker wait? For events, by the clock of its loop."""

import asyncio


def now() -> float:
    """The loop's own time, which its timers go by."""
    return asyncio.get_running_loop().time()


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer than some seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def relay(one: asyncio.Event, other: asyncio.Event) -> None:
    """Set the second event once the first is set."""
    await one.wait()
    other.set()
