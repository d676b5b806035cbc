"""All that a whole run prints and answers, searched for the secrets that it was given."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis as BlockingRedis

from conftest import RedisServer
from tiers import in_full

PLANTED = {
    "redis": "redis+planted/secret",
    "browser": "browser-planted-secret",
    "tmdb": "tmdb-planted-secret",
    "proxy": "proxy-planted-secret",
    "api": "api-planted-secret-0123",
}
ASKED = ["/health", "/readyz", "/metrics", "/jobs", "/jobs/x", "/api/lists/ur20000005", "/manifest.json", "/nowhere"]

COMMANDS = ["config", "doctor", "dead list", "sync ur20000001", "compare ur10000003"]


@pytest.fixture
def locked_redis(own_redis: RedisServer) -> Iterator[str]:
    """A Redis with a password; its address."""
    with BlockingRedis.from_url(own_redis.url) as client:
        client.config_set("requirepass", PLANTED["redis"])
        path = own_redis.url.removeprefix("unix://")
        yield f"unix://:{quote(PLANTED['redis'], safe='')}@{path}"


@pytest.fixture
def secrets(sites, locked_redis: str) -> dict[str, str]:
    """A browser that is away, a token that TMDB refuses, and a proxy before TMDB that wants a password."""
    tmdb = sites.addresses["tmdb_url"].replace("http://", f"http://u:{PLANTED['proxy']}@")
    return {
        "WATCHSYNC_REDIS_URL": locked_redis,
        "WATCHSYNC_BROWSER_URL": f"ws://127.0.0.1:1/{PLANTED['browser']}?token={PLANTED['browser']}",
        "WATCHSYNC_TMDB_TOKEN": PLANTED["tmdb"],
        "WATCHSYNC_TMDB_URL": tmdb,
        "WATCHSYNC_API_TOKENS": f"ops:admin+jobs-read+jobs-write:{PLANTED['api']}",
    }


def answers(url: str) -> str:
    """What is told there, whatever its status, to nobody in particular and to a wrong token."""
    told = ""
    for headers in ({}, {"Authorization": "Bearer wrong-token-0123456789"}):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
                told += f"{answer.headers}{answer.read().decode()}"
        except urllib.error.HTTPError as problem:
            told += f"{problem.headers}{problem.read().decode()}"
    return told


def command(words: str, *, settings: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "watchsync", *words.split()],
        env=settings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("form", ["console", *in_full(["json"])])
def test_no_secret_is_in_anything_that_a_whole_run_says(house, sites, secrets, tmp_path, unused_tcp_port_factory, form):
    ports = unused_tcp_port_factory(), unused_tcp_port_factory()
    more = {**secrets, "WATCHSYNC_LOG_LEVEL": "debug", "WATCHSYNC_LOG_FORMAT": form, "PYTHONASYNCIODEBUG": "1"}
    house.start_api(ports[0], **more)
    house.start_worker(ports[1], **more)
    for slug in ("ur10000003", "ur20000001", "ur20000005"):
        house.follow(house.sync(slug), lambda event: "error" in event or event["status"] == "completed")
    told = "".join(answers(f"http://127.0.0.1:{port}{path}") for port in ports for path in ASKED)
    told += str(house.catalog_page("ur20000005", "imdb", "all"))
    settings = {**os.environ, **sites.settings, **more}
    told += "".join(command(words, settings=settings, folder=tmp_path) for words in COMMANDS)
    wrong = {
        "WATCHSYNC_REDIS_URL": f"{secrets['WATCHSYNC_REDIS_URL']}#",
        "WATCHSYNC_TMDB_TOKEN": f"x {PLANTED['tmdb']}",
    }
    told += "".join(command(words, settings=settings | wrong, folder=tmp_path) for words in ("config", "doctor"))
    logs = "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert "attempt.settled" in logs
    assert "browser-unavailable" in told + logs
    forms = {secret: {secret, quote(secret, safe=""), quote(secret)} for secret in PLANTED.values()}
    assert [form for found in forms.values() for form in found if form in told + logs] == []
