"""The whole of watchsync in one process, and the demo."""

from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from rich.console import Console

from watchsync import logs, settings as setting
from watchsync.availability import RedisAvailability
from watchsync.cli import sync_progress
from watchsync.cli.process_lifetime import Stop
from watchsync.cli.terminal import addresses, numbers
from watchsync.cli.wiring import redis_of_the_demo, with_api, with_backend, with_redis, with_stand_ins, with_worker
from watchsync.errors import CannotListen, WatchsyncError
from watchsync.listening import open_sockets
from watchsync.metrics import Metrics
from watchsync.refs import ListRef
from watchsync.settings import Settings
from watchsync.snapshot import Snapshot

DEMO_LIST = ListRef.parse("ur10001179")
"""A list of 1,179 titles on the stand-in site."""
_PAGE_TITLES = 100


async def up(settings: Settings, stop: Stop, console: Console) -> None:
    """API and worker until a signal comes; the API closes first, then the worker drains, then Redis ends."""
    logs.configure(settings.log_level, settings.log_format)
    metrics = Metrics()
    availability = RedisAvailability(metrics)
    async with AsyncExitStack() as stack:
        settings = await stack.enter_async_context(with_redis(settings))
        await stack.enter_async_context(with_worker(settings, metrics, availability, stop, probe_port=None))
        url = await stack.enter_async_context(with_api(settings, metrics, availability))
        _say_addresses(console, settings.public_url or url, None)
        await stop.wait()


async def demo(given: dict[str, object], data_dir: Path | None, stop: Stop, console: Console, *, oneshot: bool) -> None:
    """Everything against stand-in sites, with one large list synced before your eyes."""
    metrics = Metrics()
    availability = RedisAvailability(metrics)
    async with AsyncExitStack() as stack:
        settings = await stack.enter_async_context(with_stand_ins(data_dir, **given))
        _quietly(settings)
        settings = _on_a_free_port(settings, given)
        _say(console, "Stand-ins", f"IMDb at {settings.imdb_url}, TMDB at {settings.tmdb_url}")
        settings = await stack.enter_async_context(with_redis(settings))
        _say(console, "Redis", redis_of_the_demo(settings, given))
        _say(console, "Worker", "in this process, with a real browser")
        await stack.enter_async_context(with_worker(settings, metrics, availability, stop, probe_port=None))
        url = await stack.enter_async_context(with_api(settings, metrics, availability))
        _say(console, "API", url)
        backend = await stack.enter_async_context(with_backend(settings, metrics))
        _say(console, "Sync", f"{DEMO_LIST}, a list with 1,179 titles")
        snapshot = await stop.unless(sync_progress.sync(backend, DEMO_LIST, console, force=True, wait=True))
        if snapshot is None:
            return
        _say(console, "Done", numbers(snapshot))
        await _count_over_http(url, snapshot, console)
        if oneshot:
            return
        _say_addresses(console, url, DEMO_LIST)
        await stop.wait()


def _on_a_free_port(settings: Settings, given: dict[str, object]) -> Settings:
    """Unless a port was chosen, the demo gives way to whoever has the usual one."""
    if setting.sources(settings, **given)["port"] != "default":
        return settings
    try:
        for probe in open_sockets(settings.host, settings.port):
            probe.close()
    except CannotListen:
        return settings.model_copy(update={"port": 0})
    return settings


async def _count_over_http(url: str, snapshot: Snapshot, console: Console) -> None:
    """Page through the catalogs as Stremio does, and expect every title of the snapshot."""
    ref = snapshot.ref
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        films = await _catalog(session, f"{url}/{ref}/catalog/movie/{ref}-movies")
        series = await _catalog(session, f"{url}/{ref}/catalog/series/{ref}-series")
    found, wanted = films | series, {title.id for title in snapshot.titles}
    if found != wanted:
        raise WatchsyncError(f"The catalogs hold {len(found):,} of the {len(wanted):,} titles.")
    _say(console, "Catalog", f"{len(films):,} films and {len(series):,} series, read over HTTP page by page")


async def _catalog(session: aiohttp.ClientSession, address: str) -> set[str]:
    found: set[str] = set()
    for skip in range(0, 12_000, _PAGE_TITLES):
        async with session.get(f"{address}/skip={skip}.json" if skip else f"{address}.json") as response:
            metas = (await response.json())["metas"]
        found |= {meta["id"] for meta in metas}
        if len(metas) < _PAGE_TITLES:
            break
    return found


def _say(console: Console, name: str, text: str) -> None:
    console.print(f"{name:<10} {text}", markup=False, highlight=False, soft_wrap=True)


def _say_addresses(console: Console, url: str, ref: ListRef | None) -> None:
    for name, address in addresses(url, ref).items():
        _say(console, name, address)
    _say(console, "Stop", "Ctrl-C")


def _quietly(settings: Settings) -> None:
    """Unless a level was chosen, the demo speaks for itself."""
    chosen = setting.sources(settings)["log_level"] != "default"
    logs.configure(settings.log_level if chosen else "error", settings.log_format)
