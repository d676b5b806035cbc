"""The demo keeps its inventions to itself, whatever is configured."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis

from conftest import RedisServer
from tiers import in_full
from watchsync.embedded_redis import run_embedded_redis

LIST = "ur10000003"


class Places:
    """The ways in which somebody may have set up a Redis."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def variable(self) -> dict[str, str]:
        return {"WATCHSYNC_REDIS_URL": self._url}

    def hosts_own(self) -> dict[str, str]:
        return {"REDIS_URL": self._url}

    def file(self) -> dict[str, str]:
        (self._folder / "url").write_text(self._url)
        return {"WATCHSYNC_REDIS_URL_FILE": str(self._folder / "url")}

    def dotenv(self) -> dict[str, str]:
        (self._folder / ".env").write_text(f"WATCHSYNC_REDIS_URL={self._url}\n")
        return {}

    def hosts_own_in_dotenv(self) -> dict[str, str]:
        (self._folder / ".env").write_text(f"REDIS_URL={self._url}\n")
        return {}

    def file_in_dotenv(self) -> dict[str, str]:
        (self._folder / ".env").write_text(f"WATCHSYNC_REDIS_URL_FILE={self._folder}/url\n")
        (self._folder / "url").write_text(self._url)
        return {}


PLACES = {
    "variable": "WATCHSYNC_REDIS_URL",
    "hosts_own": "REDIS_URL",
    "file": "WATCHSYNC_REDIS_URL_FILE",
    "dotenv": ".env (WATCHSYNC_REDIS_URL)",
    "hosts_own_in_dotenv": ".env (REDIS_URL)",
    "file_in_dotenv": ".env (WATCHSYNC_REDIS_URL_FILE)",
}


@pytest.fixture
def untouched(redis_server: RedisServer) -> Iterator[str]:
    """The address of a Redis with one key; no command but ours may have come to it."""
    redis_server.flush()
    with BlockingRedis.from_url(redis_server.url) as client:
        client.set("mine", "1")
        client.config_resetstat()
        yield redis_server.url
        seen = {name.removeprefix("cmdstat_").partition("|")[0] for name in client.info("commandstats")}
        assert seen <= {"config", "info", "client"}
        assert client.keys("*") == [b"mine"]


@pytest.mark.parametrize(
    "place", ["variable", "dotenv", *in_full([each for each in PLACES if each not in {"variable", "dotenv"}])]
)
def test_a_sync_from_the_stand_in_touches_no_redis_that_is_set_up(
    run: Callable, tmp_path: Path, untouched: str, place: str
):
    given = getattr(Places(tmp_path, untouched), place)()
    done = run("sync", LIST, "--demo", **given)
    assert done.returncode == 0, done.stderr
    assert f"; the one in {PLACES[place]} is not touched" in done.stderr
    assert "one of the demo's own at unix://" in done.stderr


@pytest.mark.parametrize("words", ["compare ur10000003 --demo", *in_full(["up --demo --oneshot --port 0"])])
def test_neither_does_any_other_command_of_the_demo(run: Callable, untouched: str, words: str):
    done = run(*words.split(), WATCHSYNC_REDIS_URL=untouched)
    assert done.returncode == 0, done.stderr
    assert "the one in WATCHSYNC_REDIS_URL is not touched" in done.stdout + done.stderr


async def test_the_folder_of_a_real_installation_is_no_folder_of_the_demos(run: Callable, tmp_path: Path):
    """Even while it runs there."""
    async with run_embedded_redis(tmp_path) as url:
        done = run("up", "--demo", "--oneshot", "--port", "0", "--data-dir", str(tmp_path))
        assert done.returncode == 0, done.stderr
        with BlockingRedis.from_url(url) as client:
            assert client.dbsize() == 0


def test_the_lines_of_the_demo_come_before_the_logs_of_what_they_tell(run: Callable):
    """Both in one stream, as in a terminal."""
    done = run("up", "--demo", "--oneshot", "--port", "0", WATCHSYNC_LOG_LEVEL="info", as_one=True)
    lines = done.stdout.splitlines()
    place = {name: next(n for n, line in enumerate(lines) if line.startswith(name)) for name in ("Stand-ins", "Worker")}
    started = next(n for n, line in enumerate(lines) if "worker.started" in line)
    assert lines[0].startswith("Stand-ins")
    assert place["Worker"] < started
