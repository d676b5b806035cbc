"""``python -m watchsync.demo``: the stand-in sites on their own, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import signal
import sys
from dataclasses import asdict

import orjson

from watchsync.demo.sites import standing_in
from watchsync.demo.states import Size


async def _serve(given: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with standing_in(
        imdb_port=given.imdb_port,
        tmdb_port=given.tmdb_port,
        size=given.size,
        has_foreign_challenge=given.foreign_challenge,
    ) as sites:
        addresses = {name: value for name, value in asdict(sites).items() if isinstance(value, str)}
        sys.stdout.write(orjson.dumps(addresses).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stand-ins of IMDb and TMDB.")
    parser.add_argument("--imdb-port", type=int, default=0)
    parser.add_argument("--tmdb-port", type=int, default=0)
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.FULL, help="of each IMDb page")
    parser.add_argument("--foreign-challenge", action="store_true", help="the browser check comes from another port")
    asyncio.run(_serve(parser.parse_args()))
