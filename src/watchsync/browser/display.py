"""A virtual display for one browser: how does it come up without anybody else's screen, and end for certain?"""

import asyncio
import os
import secrets
import shutil
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from watchsync.browser.deadline import DeadlineExceeded, bounded
from watchsync.errors import BrowserUnavailable

_SCREEN = "1366x768x24"
_COOKIE = b"MIT-MAGIC-COOKIE-1"
_ANY_HOST = 0xFFFF
_LONGEST_NUMBER = 16
_END_SECONDS = 1.0


class Display:
    """One Xvfb. It ends with the browser that drew on it, with this process, or when it is told to."""

    def __init__(self, process: subprocess.Popen[bytes], number: str, authority: Path, key: bytes) -> None:
        self._process = process
        self._number = number
        self._key = key
        self.environment = {"DISPLAY": f":{number}", "XAUTHORITY": str(authority)}
        """What a program needs to draw here."""

    @property
    def pid(self) -> int:
        """Of Xvfb."""
        return self._process.pid

    @classmethod
    async def start(cls, program: Path, folder: Path, environment: Mapping[str, str], seconds: float) -> "Display":
        """Start one on a free number, for holders of the key in ``folder`` only; raises BrowserUnavailable."""
        ours, theirs = os.pipe()
        key = secrets.token_bytes(16)
        try:
            authority = folder / "Xauthority"
            authority.write_bytes(_authority(key))
            process = _spawn(_command(program, authority, theirs), theirs, environment)
        except OSError as error:
            os.close(ours)
            raise BrowserUnavailable(f"Xvfb cannot be started here ({error.strerror}).") from error
        finally:
            os.close(theirs)
        try:
            number = await bounded(asyncio.to_thread(_read_number, ours), seconds)
        except BaseException as error:
            await asyncio.shield(asyncio.to_thread(_end, process, None))
            if isinstance(error, DeadlineExceeded):
                raise BrowserUnavailable("Xvfb did not come up in time.") from error
            raise
        display = cls(process, number, authority, key)
        if not number:
            await display.end()
            raise BrowserUnavailable("Xvfb ended at its start.")
        return display

    async def greet(self) -> None:
        """Return once it has answered a new client; raises OSError if it is gone. One that is frozen never answers."""
        reader, writer = await asyncio.open_unix_connection(_socket(self._number))
        try:
            writer.write(_greeting(self._key))
            await reader.readexactly(1)
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError from error
        finally:
            writer.close()

    async def end(self) -> None:
        """End it, and leave neither process nor socket."""
        await asyncio.to_thread(_end, self._process, self._number)


def _command(program: Path, authority: Path, descriptor: int) -> list[str]:
    """``-terminate``: it ends with its last client. ``setpriv``: it ends with us even before the first one came."""
    with_us = [setpriv, "--pdeathsig", "TERM"] if (setpriv := shutil.which("setpriv")) else []
    options = ["-screen", "0", _SCREEN, "-nolisten", "tcp", "-auth", str(authority), "-terminate"]
    return [*with_us, str(program), "-displayfd", str(descriptor), *options]


def _spawn(command: list[str], descriptor: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - a program that we found, and options of our own
        command, pass_fds=[descriptor], env=environment, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )


def _read_number(descriptor: int) -> str:
    """The display's number, which Xvfb writes once it is up; nothing if it ends before. Blocks."""
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.readline(_LONGEST_NUMBER).decode().strip()


def _end(process: subprocess.Popen[bytes], number: str | None) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        if number is not None:  # a killed one leaves these behind
            for path in (f"/tmp/.X{number}-lock", _socket(number)):  # noqa: S108 - Xvfb's own place
                with suppress(OSError):
                    Path(path).unlink()


def _socket(number: str) -> str:
    return f"/tmp/.X11-unix/X{number}"  # noqa: S108 - X11's own place


def _greeting(key: bytes) -> bytes:
    """How a client of X11 begins, with its key; lower-case l says that its numbers have their low byte first."""
    name = _COOKIE.ljust(-(-len(_COOKIE) // 4) * 4, b"\0")
    return struct.pack("<cxHHHHxx", b"l", 11, 0, len(_COOKIE), len(key)) + name + key


def _authority(key: bytes) -> bytes:
    """An Xauthority file with one key, good for any host name and display number."""
    fields = (b"", b"", _COOKIE, key)
    return struct.pack(">H", _ANY_HOST) + b"".join(struct.pack(">H", len(each)) + each for each in fields)
