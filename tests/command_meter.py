"""What does it cost? A meter before Redis counts what clients send, and a day passes in a second."""

import asyncio
import hashlib
import selectors
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chaos.resp import Command, commands
from watchsync.queue.scripts import SCRIPTS


class Meter:
    """Stands between clients and a Redis, passes everything on, and notes each command that a client sends.

    A script counts as one, as plans bill it; so does each command of a pipeline. While ``passes`` is clear, answers
    and messages are held back.
    """

    def __init__(self, server: str) -> None:
        self.url = ""
        self.passes = asyncio.Event()
        self.passes.set()
        self.sent: list[Command] = []
        self._server = server
        self._came = asyncio.Event()
        self._owed: set[asyncio.StreamWriter] = set()
        self._links: set[asyncio.Task[None]] = set()

    @property
    def is_owed(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._owed)

    def count(self) -> Counter[str]:
        """How many of each kind were sent."""
        return Counter(_name(command) for command in self.sent)

    async def until(self, name: str, times: int) -> None:
        """Return once so many of a kind were sent."""
        async with asyncio.timeout(60):
            while self.count()[name] < times:
                self._came.clear()
                await self._came.wait()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Meter"]:
        with tempfile.TemporaryDirectory(prefix="ws-meter-") as folder:
            self.url = f"unix://{folder}/m"
            listening = await asyncio.start_unix_server(self._serve, f"{folder}/m")
            try:
                yield self
            finally:
                listening.close()
                for link in self._links:
                    link.cancel()
                await asyncio.gather(*self._links, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_unix_connection(self._server.removeprefix("unix://"))
        there = asyncio.create_task(self._pass_on(reader, to_writer))
        back = asyncio.create_task(self._pass_back(to_reader, writer, to_writer))
        self._links |= {there, back}
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, to_writer):
            end.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = b""
        while data := await reader.read(1 << 20):
            self._owed.add(writer)
            writer.write(data)
            rest += data
            found, end = commands(rest)
            self.sent += found
            self._came.set()
            rest = rest[end:]

    async def _pass_back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(1 << 20):
            await self.passes.wait()
            self._owed.discard(asked)
            writer.write(data)


_NAMES = {script.sha1: name for name, script in SCRIPTS.items()}


def size_bytes(command: Command) -> int:
    """How much of the wire a command takes."""
    return sum(len(part) + len(str(len(part))) + len("$\r\n\r\n") for part in command)


def _name(command: Command) -> str:
    word = command[0].decode().lower()
    if word == "eval":
        return _NAMES.get(hashlib.sha1(command[1]).hexdigest(), word)
    return _NAMES.get(command[1].decode(), word) if word == "evalsha" else word


class Hasty(selectors.DefaultSelector):
    """Waits for sockets, but not for time: where nothing is to come, the time has come at once."""

    def __init__(self, is_owed: Callable[[], bool]) -> None:
        super().__init__()
        self._is_owed = is_owed
        self.skipped_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None or self._is_owed():
            return super().select(timeout)
        self.skipped_seconds += timeout
        return []


class HastyLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer whenever nobody waits for an answer."""

    def __init__(self, is_owed: Callable[[], bool]) -> None:
        self._hasty = Hasty(is_owed)
        super().__init__(self._hasty)

    def time(self) -> float:
        return super().time() + self._hasty.skipped_seconds
