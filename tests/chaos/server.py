"""A redis-server that logs every effect before it answers, and that may be killed and restarted."""

import asyncio
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chaos import resp
from chaos.resp import Command

_OPTIONS = ("--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always")
_NO_REWRITE = ("--auto-aof-rewrite-percentage", "0")


class Server:
    """One server on a unix socket. Its append-only file is never rewritten, so it tells everything in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "redis.sock"
        self._process: asyncio.subprocess.Process | None = None

    def client(self) -> Redis:
        """A client that no cut reaches."""
        return Redis.from_url(f"unix://{self.path}")

    async def start(self) -> None:
        binary = shutil.which("redis-server")
        assert binary, "redis-server is not installed; run make install"
        own = ("--dir", str(self._folder), "--unixsocket", str(self.path))
        null = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            binary, *_OPTIONS, *_NO_REWRITE, *own, stdout=null, stderr=null, start_new_session=True
        )
        await self._until_it_answers()

    async def stall(self, seconds: float) -> None:
        """Stop it for some time, then let it go on as if nothing had happened."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    async def _until_it_answers(self) -> None:
        async with self.client() as client:
            while True:
                with suppress(RedisError, OSError):
                    await client.ping()
                    return
                assert self._process and self._process.returncode is None, "redis-server died at its start"
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        assert self._process
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def witness(self) -> list[list[Command]]:
        """Every effect in order; the effects of one script are one step."""
        steps: list[list[Command]] = []
        inside: list[Command] | None = None
        for path in sorted(self._folder.glob("appendonlydir/*.incr.aof")):
            for command in resp.commands(path.read_bytes())[0]:
                name = command[0].upper()
                if name == b"MULTI":
                    inside = []
                elif name == b"EXEC":
                    steps.append(inside or [])
                    inside = None
                elif inside is not None:
                    inside.append(command)
                elif name != b"SELECT":
                    steps.append([command])
        return steps
