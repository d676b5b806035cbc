"""What every test may ask for: a real Redis of its own, and fresh metrics."""

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis

from watchsync.metrics import Metrics
from watchsync.redis_client import Client, connect

os.environ.setdefault("WATCHSYNC_BROWSER_MODE", "shell")  # the lightest; tests of other modes ask for them


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests stay in one process: those with Chromiums, and each file of those with whole installations."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        room, *_, file = item.path.relative_to(Path(__file__).parent).parts
        if room in {"browser", "e2e"}:
            item.add_marker(pytest.mark.xdist_group(file if room == "e2e" else room))


def _ports() -> Iterator[int]:
    """Free ports, below those that the system gives away by itself; each process begins at another place."""
    first, last = 10_000, 32_000
    start = first + os.getpid() * 61 % (last - first)
    for port in itertools.cycle([*range(start, last), *range(first, start)]):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                yield port


_PORTS = _ports()


class RedisServer:
    """One real redis-server child on a unix socket; may be killed and started again on the same data.

    ``REDIS_SERVER`` names the program, where it is not the one on the PATH.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.url = f"unix://{folder}/s"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, waits: bool = True) -> None:
        binary = os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
        assert binary, "redis-server is not installed; run make install"
        command = [binary, "--port", "0", "--unixsocket", f"{self._folder}/s", "--dir", str(self._folder)]
        command += ["--save", "", *self._options, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        if waits:
            self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        with BlockingRedis.from_url(self.url, retry_on_error=[Exception]) as client:
            while True:
                try:
                    client.ping()
                except Exception:  # noqa: BLE001 - it is still starting
                    assert self._process and self._process.poll() is None, "redis-server died at its start"
                    continue
                return

    def signal(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def flush(self) -> None:
        with BlockingRedis.from_url(self.url) as client:
            client.flushall()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis for the whole run; tests get it empty through ``redis_url``."""
    with tempfile.TemporaryDirectory(prefix="ws-redis-") as folder:
        server = RedisServer(Path(folder), "--appendonly", "no")
        server.start()
        yield server
        server.kill()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a Redis that holds nothing."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Client]:
    """A client of an empty Redis."""
    connected = connect(redis_url)
    yield connected
    await connected.aclose()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis with persistence that a test may kill and start again."""
    with tempfile.TemporaryDirectory(prefix="ws-redis-") as folder:
        server = RedisServer(Path(folder), "--appendonly", "yes", "--appendfsync", "always")
        server.start()
        yield server
        server.kill()


@pytest.fixture
def metrics() -> Metrics:
    """Metrics on a registry of their own."""
    return Metrics()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return next(_PORTS)


@pytest.fixture
def unused_tcp_port_factory() -> Callable[[], int]:
    """Find ports that nobody listens on, one after the other."""
    return lambda: next(_PORTS)
