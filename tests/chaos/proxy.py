"""A connection that breaks in the middle of a command, at each of the four places where it can."""

import asyncio
import hashlib
import random
from collections import Counter
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from chaos import resp
from chaos.resp import Command
from watchsync.queue.scripts import SCRIPTS


class Place(StrEnum):
    """Where a connection breaks."""

    BEFORE = "before the request"
    IN_REQUEST = "in the request"
    BEFORE_ANSWER = "before the answer"
    """The command was carried out, but its answer is lost, and the client learns late that the connection broke."""
    IN_ANSWER = "in the answer"


_LATE_SECONDS = 0.3
_LEFT_ALONE = {"client", "hello", "ping"}
_GAPS = {"submit": 6, "renew": 3, "progress": 6, "cancel": 3, "requeue": 3, "depth": 3, "reconcile": 3, "deregister": 3}
_GAP = 12


class Cuts:
    """Which call of which command is cut, and where: each command at each place in turn, from the seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rngs: dict[str, random.Random] = {}
        self._left: dict[str, int] = {}
        self._decks: dict[str, list[Place]] = {}
        self.made: Counter[tuple[str, str]] = Counter()
        self.is_on = True

    def next(self, name: str) -> Place | None:
        """The place at which this call is cut, if it is."""
        if not self.is_on or name in _LEFT_ALONE:
            return None
        rng = self._rngs.setdefault(name, random.Random(f"{self._seed} {name}"))
        left = self._left.get(name, rng.randint(1, _GAPS.get(name, _GAP)))
        self._left[name] = left - 1 if left else rng.randint(1, 2 * _GAPS.get(name, _GAP))
        if left:
            return None
        deck = self._decks.setdefault(name, [])
        if not deck:
            deck += list(Place)
            rng.shuffle(deck)
        self.made[name, deck[-1].value] += 1
        return deck.pop()


class Proxy:
    """Stands between clients and the server."""

    def __init__(self, server: Path, cuts: Cuts, names: tuple[str, ...]) -> None:
        self._server = server
        self._cuts = cuts
        self._scripts = {SCRIPTS[name].sha1: name for name in names}
        self._links: set[asyncio.Task[None]] = set()
        self.url = ""

    async def start(self) -> None:
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    def cut_everything(self) -> None:
        for link in tuple(self._links):
            link.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._link(reader, writer))
        self._links.add(task)
        task.add_done_callback(self._links.discard)
        await asyncio.wait({task})

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        pumps: set[asyncio.Task[None]] = set()
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(str(self._server))
            writers.append(server_writer)
            link = _Link(self, reader, writer, server_reader, server_writer)
            pumps = {asyncio.ensure_future(link.requests()), asyncio.ensure_future(link.answers())}
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for pump in pumps:
                pump.cancel()
            for each in writers:
                each.transport.abort()

    def place(self, command: Command) -> Place | None:
        return self._cuts.next(self._name(command))

    def _name(self, command: Command) -> str:
        name = command[0].decode().lower()
        if name == "evalsha":
            return self._scripts.get(command[1].decode(), "unknown")
        if name == "eval":
            return self._scripts.get(hashlib.sha1(command[1]).hexdigest(), "unknown")
        return name


class _Link:
    """One client's connection."""

    def __init__(
        self,
        proxy: Proxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._reader, self._writer = reader, writer
        self._server_reader, self._server_writer = server_reader, server_writer
        self._place: Place | None = None

    async def requests(self) -> None:
        waiting = b""
        with suppress(OSError):
            while data := await self._reader.read(1 << 20):
                waiting += data
                found, end = resp.commands(waiting)
                whole, waiting = waiting[:end], waiting[end:]
                places = [self._proxy.place(command) for command in found]
                self._place = next((place for place in places if place), None)
                if self._place is Place.BEFORE:
                    return
                if self._place is Place.IN_REQUEST:
                    whole = whole[: len(whole) // 2]
                self._server_writer.write(whole)
                await self._server_writer.drain()
                if self._place is Place.IN_REQUEST:
                    return

    async def answers(self) -> None:
        with suppress(OSError):
            while data := await self._server_reader.read(1 << 20):
                if self._place is Place.BEFORE_ANSWER:
                    await asyncio.sleep(_LATE_SECONDS)
                    return
                if self._place is Place.IN_ANSWER:
                    data = data[: len(data) // 2]
                self._writer.write(data)
                await self._writer.drain()
                if self._place is Place.IN_ANSWER:
                    return
