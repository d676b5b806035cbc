"""The stand-in site for measurements: as many lists of a size as one asks for, and no work to make them.

``ls9`` + five digits of size + six digits of number is a list of that size. All lists of one size show the same
page, so that it is made once, and a measurement does not wait for the stand-in.
"""

import asyncio
import signal
import sys
from dataclasses import asdict

import orjson

from watchsync.demo.sites import standing_in


def slug_of(size: int, number: int) -> str:
    """The id of one of the lists of a size."""
    return f"ls9{size:05}{number:06}"


async def _serve() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with standing_in() as sites:
        addresses = {name: value for name, value in asdict(sites).items() if isinstance(value, str)}
        sys.stdout.write(orjson.dumps(addresses).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
