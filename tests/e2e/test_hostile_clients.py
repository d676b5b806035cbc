"""The API as it is started, before clients that mean no good: it stays, and writes nothing of what they sent."""

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager, suppress

import psutil
import pytest

from integration.api.corpora.malformed import BROKEN_BODIES, MALFORMED
from integration.api.corpora.requests import BODIES, CODINGS, HOSTS, STRANGE, TARGETS
from raw_http import asked, request
from tiers import in_full

JSON = b"Content-Type: application/json"
TOKEN = b"Authorization: Bearer w-secret-of-16-chars"
EVERYTHING = {
    **MALFORMED,
    **BROKEN_BODIES,
    **STRANGE,
    **{f"body {name}": request("POST", "/jobs", JSON, TOKEN, body=body) for name, body in BODIES.items()},
    **{f"host {name}": request("GET", "/jobs", TOKEN, host=host) for name, host in HOSTS.items()},
    **{f"target {name}": request("GET", target, TOKEN) for name, target in TARGETS.items()},
}
BOMBS = [
    request("POST", "/api/sync", JSON, b"Content-Encoding: " + coding.encode(), body=body)
    for coding, body in CODINGS.values()
]


@contextmanager
def running(redis_url: str, port: int, level: str):
    """An API that is there, and all that it writes."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHSYNC_")}
    environment |= {
        "WATCHSYNC_REDIS_URL": redis_url,
        "WATCHSYNC_PORT": str(port),
        "WATCHSYNC_LOG_LEVEL": level,
        "WATCHSYNC_API_TOKENS": "w:jobs-read+jobs-write:w-secret-of-16-chars",
    }
    command = [sys.executable, "-m", "watchsync", "api"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    written: list[str] = []
    try:
        yield process, written
    finally:
        process.terminate()
        written.append(process.communicate()[1].decode())


async def until_it_answers(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                if (await asked(port, request("GET", "/livez"))).status == 200:
                    return


@pytest.mark.parametrize("level", ["debug", *in_full(["info"])])
async def test_nothing_that_was_sent_is_written_and_little_at_all(redis_url, free_port, level):
    with running(redis_url, free_port, level) as (process, written):
        await until_it_answers(free_port)
        for _ in range(3):
            for name, sent in EVERYTHING.items():
                async with asyncio.timeout(30):
                    assert (await asked(free_port, sent)).status < 500, name
        assert process.poll() is None
    (text,) = written
    assert "secret" not in text
    assert "Traceback" not in text
    assert text.count("request.malformed") == 1
    assert len(text.splitlines()) < 20, text


async def test_a_crowd_of_bombs_is_not_even_opened(redis_url, free_port):
    with running(redis_url, free_port, "info") as (process, _):
        await until_it_answers(free_port)
        seen = psutil.Process(process.pid)
        before_bytes = seen.memory_info().rss
        answers = await asyncio.gather(*(asked(free_port, BOMBS[turn % len(BOMBS)]) for turn in range(40)))
        assert {answer.status for answer in answers} == {415}
        assert seen.memory_info().rss - before_bytes < 20_000_000
