"""The stand-in site for measurements: as many lists of a size as one asks for, and no work to make them.

``ls9`` + five digits of size + six digits of number is a list of that size. All lists of one size show the same
page, so that it is made once, and a measurement does not wait for the stand-in.
"""

import asyncio
import re
import signal
import sys
from dataclasses import asdict
from functools import wraps
from typing import Any

import orjson

from watchsync.demo import lists, rendering
from watchsync.demo.sites import standing_in

_NUMBERED = re.compile(r"ls9(\d{5})\d{6}")


def slug_of(size: int, number: int) -> str:
    """The id of one of the lists of a size."""
    return f"ls9{size:05}{number:06}"


def _invent_by_size() -> None:
    made = rendering.page

    @wraps(made)
    def page(slug: str, *rest: Any) -> str:
        if found := _NUMBERED.fullmatch(slug):
            slug = slug_of(int(found[1]), 0)
            lists.OWN_SIZES[slug] = int(found[1])
        return made(slug, *rest)

    rendering.page = page  # type: ignore[assignment]


async def _serve() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with standing_in() as sites:
        addresses = {name: value for name, value in asdict(sites).items() if isinstance(value, str)}
        sys.stdout.write(orjson.dumps(addresses).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    _invent_by_size()
    asyncio.run(_serve())
