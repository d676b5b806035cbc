"""Processes as people start them: stand-in sites, the API, workers, and a Redis that keeps its data."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

TOKEN = "a-token-of-the-tests"


class Sites:
    """The stand-ins in a process of their own, switched over HTTP."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        self.process = process
        self.addresses: dict[str, str] = orjson.loads(process.stdout.readline())
        self.imdb = self.addresses["imdb_url"]

    def switch(self, slug: str, state: str, **more: object) -> None:
        call("POST", f"{self.imdb}/__control/lists/{slug}", {"state": state, **more})

    def shut_data_service(self) -> None:
        """It takes no name that a client gives."""
        call("POST", f"{self.imdb}/__control/graphql", {"namingHeaders": ["x-another-header"]})

    def reset(self) -> None:
        call("POST", f"{self.imdb}/__control/reset", {})

    def served(self, kind: str) -> int:
        return int(call("GET", f"{self.imdb}/__control")["served"].get(kind, 0))

    @property
    def settings(self) -> dict[str, str]:
        return {
            "WATCHSYNC_IMDB_URL": self.imdb,
            "WATCHSYNC_IMDB_GRAPHQL_URL": self.addresses["graphql_url"],
            "WATCHSYNC_TMDB_URL": self.addresses["tmdb_url"],
            "WATCHSYNC_TMDB_IMAGE_URL": self.addresses["tmdb_image_url"],
            "WATCHSYNC_POSTER_URL": self.addresses["poster_url"],
            "WATCHSYNC_TMDB_TOKEN": "a-token-for-the-stand-in",
            "WATCHSYNC_TMDB_REQUESTS_PER_SECOND": "1000",
            "WATCHSYNC_IMDB_INTERVAL_SECONDS": "0",
        }


def call(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    """One HTTP request; the JSON of its answer. Errors raise urllib.error.HTTPError."""
    data = None if body is None else orjson.dumps(body)
    request = urllib.request.Request(url, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    with urllib.request.urlopen(request, timeout=200) as answer:
        text = answer.read()
    return orjson.loads(text) if text else None


class House:
    """A whole installation on one Redis; its processes may be killed and started again."""

    def __init__(self, redis_url: str, sites: Sites, log_folder: Path) -> None:
        self._redis_url = redis_url
        self._sites = sites
        self._logs = log_folder
        self._running: list[subprocess.Popen[bytes]] = []
        self.api_url = ""

    @property
    def settings(self) -> dict[str, str]:
        """What each of its processes is told."""
        return {**self._sites.settings, "WATCHSYNC_REDIS_URL": self._redis_url}

    def start_api(self, port: int, **more: str) -> str:
        self._start("api", WATCHSYNC_PORT=str(port), **more)
        self.api_url = f"http://127.0.0.1:{port}"
        self._until_up(f"{self.api_url}/livez")
        return self.api_url

    def start_worker(self, port: int, **more: str) -> subprocess.Popen[bytes]:
        process = self._start("worker", WATCHSYNC_WORKER_PORT=str(port), **more)
        self._until_up(f"http://127.0.0.1:{port}/livez")
        return process

    def _start(self, mode: str, **more: str) -> subprocess.Popen[bytes]:
        settings = {**self.settings, **more}
        with (self._logs / f"{mode}-{len(self._running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "watchsync", mode], env={**os.environ, **settings}, stderr=log
            )
        self._running.append(process)
        return process

    def _until_up(self, url: str) -> None:
        while True:
            assert self._running[-1].poll() is None, "the process ended at its start; see its log"
            with suppress(urllib.error.URLError, ConnectionError):
                call("GET", url)
                return

    def sync(self, ref: str, *, force: bool = False) -> str:
        return str(call("POST", f"{self.api_url}/api/sync", {"listRef": ref, "forceRefresh": force})["jobId"])

    def job(self, job_id: str) -> Any:
        return call("GET", f"{self.api_url}/jobs/{job_id}")

    def follow(self, job_id: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read the job's events until one fits; the fitting event."""
        with urllib.request.urlopen(f"{self.api_url}/api/sync/{job_id}/events", timeout=200) as stream:
            for line in stream:
                if line.startswith(b'data: {"jobId'):
                    event: dict[str, Any] = orjson.loads(line[6:])
                    if until(event):
                        return event
        raise AssertionError("the stream ended before that")

    def finished(self, job_id: str) -> dict[str, Any]:
        return self.follow(job_id, lambda event: event["status"] in {"completed", "failed", "cancelled"})

    def until_it_drains(self, port: int) -> None:
        """Return once the worker on this port takes nothing more."""
        with suppress(urllib.error.HTTPError):
            while True:
                call("GET", f"http://127.0.0.1:{port}/readyz")

    def imdb_of(self, port: int) -> dict[str, str]:
        """What a process says of the strategies to IMDb."""
        told: dict[str, str] = call("GET", f"http://127.0.0.1:{port}/health")["checks"]["imdb"]
        return told

    def browser_of(self, port: int) -> str:
        """What a worker says of its browser."""
        return str(call("GET", f"http://127.0.0.1:{port}/health")["checks"]["browser"])

    def driver_of(self, worker: subprocess.Popen[bytes]) -> psutil.Process:
        """The driver of a worker's browser, once it has one."""
        while not (children := psutil.Process(worker.pid).children()):
            assert worker.poll() is None
        return children[0]

    def summary(self, ref: str) -> dict[str, Any]:
        """The page's summary of a list."""
        told: dict[str, Any] = call("GET", f"{self.api_url}/api/lists/{ref}")
        return told

    def has_no_summary(self, ref: str) -> bool:
        """Whether nothing is told of a list at a glance."""
        with suppress(urllib.error.HTTPError):
            return self.summary(ref).get("titles") is None
        return True

    def job_of(self, job_id: str) -> Any:
        """The job, once it is finished."""
        self.finished(job_id)
        return self.job(job_id)

    def catalog(self, ref: str, kind: str, name: str) -> list[dict[str, Any]]:
        """The whole catalog, walked by ``skip`` as Stremio does."""
        base, found = f"{self.api_url}/{ref}/catalog/{kind}/{ref}-{name}", []
        while True:
            metas = call("GET", f"{base}/skip={len(found)}.json" if found else f"{base}.json")["metas"]
            found += metas
            if not metas:
                return found

    def catalog_page(self, ref: str, kind: str, name: str) -> list[dict[str, Any]]:
        """The first page of a catalog; the card where there are no titles."""
        metas: list[dict[str, Any]] = call("GET", f"{self.api_url}/{ref}/catalog/{kind}/{ref}-{name}.json")["metas"]
        return metas

    def close(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    process = subprocess.Popen([sys.executable, "-m", "watchsync.demo", "--size", "small"], stdout=subprocess.PIPE)
    yield Sites(process)
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


@pytest.fixture
def house(own_redis: Any, sites: Sites, tmp_path: Path) -> Iterator[House]:
    sites.reset()
    opened = House(own_redis.url, sites, tmp_path)
    yield opened
    opened.close()
