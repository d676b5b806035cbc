"""Which parts does a command open, in which order? They are closed in reverse."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr
from ulid import ULID

from watchsync import embedded_redis, settings as setting
from watchsync.availability import RedisAvailability
from watchsync.cli.process_lifetime import Stop
from watchsync.errors import WatchsyncError
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue, open_queue
from watchsync.redaction import shown
from watchsync.redis_client import Client, connect, until_answered
from watchsync.settings import Settings
from watchsync.sync.submission import Submitter

_DEMO_TOKEN = "a-token-for-the-stand-in-tmdb"  # noqa: S105 - opens nothing but the demo
NO_REDIS = (
    "No Redis is set. Set WATCHSYNC_REDIS_URL (api and worker meet there), or run `watchsync up`, which brings its own."
)
DEMO_FOLDER = "demo"
NO_WORKER = "The browser side is an extra. Fix: pip install 'watchsync[worker]'"


@dataclass(frozen=True, slots=True)
class Backend:
    """What a command needs of Redis: the queue, who submits to it, and the client itself."""

    client: Client
    queue: Queue
    submitter: Submitter


@asynccontextmanager
async def with_redis(settings: Settings, *, join: bool = False) -> AsyncIterator[Settings]:
    """The settings with an address of a Redis in them: the one that is set, else an embedded one.

    ``join`` uses the embedded Redis that another watchsync runs on the same folder, if one does.
    """
    running = embedded_redis.running(settings.data_dir) if join and not settings.redis_url else None
    if settings.redis_url:
        yield settings
    elif running:
        yield _at(settings, running)
    else:
        async with embedded_redis.run_embedded_redis(settings.data_dir) as url:
            yield _at(settings, url)


def _at(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"redis_url": SecretStr(url)})


async def require_redis(settings: Settings) -> None:
    """Raise RedisUnavailable at once where Redis does not answer: a command that a person waits for is no worker."""
    client = connect(redis_url(settings))
    try:
        await until_answered(client.ping, 0)
    finally:
        await client.aclose()


@asynccontextmanager
async def with_backend(settings: Settings, metrics: Metrics) -> AsyncIterator[Backend]:
    """The queue at the Redis of the settings."""
    client = connect(redis_url(settings))
    try:
        async with open_queue(client, metrics) as queue:
            submitter = Submitter(
                queue, now=lambda: datetime.now(UTC), new_id=lambda: str(ULID()), max_age=settings.max_age
            )
            yield Backend(client, queue, submitter)
    finally:
        await client.aclose()


@asynccontextmanager
async def with_worker(
    settings: Settings, metrics: Metrics, availability: RedisAvailability, stop: Stop, *, probe_port: int | None
) -> AsyncIterator[None]:
    """A worker in this process; it drains when the context ends, and at once when the stop is urgent."""
    with needing_the_worker():
        from watchsync.worker.app import serve_worker
    async with serve_worker(settings, metrics, availability, probe_port=probe_port) as stop_now:
        stop.on_second_signal(stop_now)
        yield


@asynccontextmanager
async def with_api(settings: Settings, metrics: Metrics, availability: RedisAvailability) -> AsyncIterator[str]:
    """The API in this process; yields its address."""
    from watchsync.api.app import serve_api

    async with serve_api(settings, metrics, availability) as url:
        yield url


@asynccontextmanager
async def with_stand_ins(data_dir: Path | None, **given: Any) -> AsyncIterator[Settings]:
    """The stand-in IMDb and TMDB, and settings that point everything at them and at a folder for this run."""
    from watchsync.demo.sites import standing_in

    async with AsyncExitStack() as stack:
        sites = await stack.enter_async_context(standing_in())
        folder = data_dir or Path(stack.enter_context(TemporaryDirectory(prefix="watchsync-demo-")))
        settings = setting.load(
            **given,
            data_dir=folder / DEMO_FOLDER,
            imdb_url=sites.imdb_url,
            imdb_graphql_url=sites.graphql_url,
            tmdb_url=sites.tmdb_url,
            tmdb_image_url=sites.tmdb_image_url,
            poster_url=sites.poster_url,
            tmdb_token=_DEMO_TOKEN,
            imdb_interval_seconds=0.0,
            tmdb_requests_per_second=1000.0,
        )
        # What the stand-ins invent never reaches a Redis, or a folder, that holds real lists.
        yield settings.model_copy(update={"redis_url": None})


def redis_of_the_demo(settings: Settings, given: Mapping[str, Any]) -> str:
    """Where the demo keeps its lists, and which Redis it leaves alone."""
    own = f"one of the demo's own at {shown(settings.redis_address)}"
    place = setting.sources(settings, **given)["redis_url"]
    return own if place == "default" else f"{own}; the one in {place} is not touched"


@contextmanager
def needing_the_worker() -> Iterator[None]:
    """Say how to get the browser side's packages where an import finds them missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise WatchsyncError(f"'{error.name}' is not installed. {NO_WORKER}") from None


def redis_url(settings: Settings) -> str:
    """The address that is set; raises WatchsyncError where a mode on its own has none."""
    if settings.redis_url is None:
        raise WatchsyncError(NO_REDIS)
    return settings.redis_address
