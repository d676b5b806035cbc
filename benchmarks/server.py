"""The Redis that is measured: a server of its own for each run, and exact counts of what it was sent."""

import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

_SETUP = frozenset({"hello", "auth", "client", "select", "ping", "info", "monitor", "command", "script"})
"""Sent once for a connection, or by a benchmark itself."""
_LINE = re.compile(rb'^\+?[\d.]+ \[\d+ (\S+)\] "([^"]+)"')


@dataclass
class Count:
    """The commands that clients sent, a script as one, and those that scripts ran inside."""

    sent: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)


class Server:
    """One redis-server on a free port of this machine, with no persistence."""

    def __init__(self, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self.client: Redis = Redis(port=port, retry_on_error=[ConnectionError], socket_timeout=60)

    @property
    def version(self) -> str:
        """Its version, such as 7.0.15."""
        return str(self._info("server")["redis_version"])

    def used_bytes(self) -> int:
        """Memory in use."""
        return int(self._info("memory")["used_memory"])

    def keys(self) -> int:
        """How many keys there are."""
        size: Any = self.client.dbsize()
        return int(size)

    def flush(self) -> None:
        """Start afresh: no data, no scripts, no statistics."""
        self.client.flushall()
        self.client.script_flush()
        self.client.config_resetstat()

    def commandstats(self) -> dict[str, dict[str, float]]:
        """Calls and time by command, those inside of scripts among them."""
        stats: dict[str, dict[str, float]] = self._info("commandstats")
        return {name.removeprefix("cmdstat_").lower(): stat for name, stat in stats.items()}

    def _info(self, section: str) -> dict[str, Any]:
        answer: Any = self.client.info(section)
        return dict(answer)

    @contextmanager
    def counting(self) -> Iterator[Count]:
        """Count every command while inside, by MONITOR, which marks what a script runs. It slows the server."""
        count = Count()
        port = self.client.connection_pool.connection_kwargs["port"]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"MONITOR\r\n")
            lines = connection.makefile("rb")
            lines.readline()
            reader = threading.Thread(target=_count, args=(lines, count), daemon=True)
            reader.start()
            yield count
            self.client.echo("counted")
            reader.join(60)


def _count(lines: Any, count: Count) -> None:
    for line in lines:
        found = _LINE.match(line)
        if not found:
            continue
        source, name = found[1], found[2].decode().lower()
        if name == "echo":
            return
        if source == b"lua":
            count.inside[name] += 1
        elif name not in _SETUP:
            count.sent[name] += 1


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    """Run a redis-server while inside."""
    binary = shutil.which("redis-server")
    if not binary:
        raise SystemExit("redis-server is not installed; run make install")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="ws-bench-") as folder:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no", *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            server = Server(port)
            _wait_until_it_answers(server, process)
            yield server
        finally:
            process.kill()
            process.wait()


def _wait_until_it_answers(server: Server, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            server.client.ping()
        except RedisError:
            if process.poll() is not None:
                raise SystemExit("redis-server died at its start") from None
            time.sleep(0.02)
        else:
            return
