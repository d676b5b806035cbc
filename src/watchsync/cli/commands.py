"""Every command, thin: what was asked becomes one call, and a failure one line with its fix."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from watchsync import logs, redaction, settings as setting
from watchsync.availability import RedisAvailability
from watchsync.cli.dead_commands import dead
from watchsync.cli.process_lifetime import Stop, finish, run
from watchsync.errors import InvalidRef, RedisUnavailable, WatchsyncError
from watchsync.metrics import Metrics
from watchsync.refs import ListRef

app = typer.Typer(
    name="watchsync",
    help="Your public IMDb watchlist as a Stremio catalog that keeps itself current.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(dead, name="dead")


def _print_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def options(
    version_: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What goes before every command."""
    del version_  # it is printed before any command is looked for


def _ref(text: str) -> ListRef:
    try:
        return ListRef.parse(text)
    except InvalidRef as error:
        raise typer.BadParameter(str(error)) from None


Ref = Annotated[
    ListRef,
    typer.Argument(
        metavar="REF",
        parser=_ref,
        help="ur12345678, p.abc…, ls012345678, or the IMDb address of a watchlist, ratings or list page.",
    ),
]
Demo = Annotated[bool, typer.Option("--demo", help="Against stand-in IMDb and TMDB sites on this machine.")]
_CAPTURE = "watchsync-capture.json.gz"


@app.command()
def up(
    demo: Demo = False,
    host: Annotated[str | None, typer.Option(help="Where the API listens.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Its port; 0 takes any.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the embedded Redis keeps its files.")] = None,
    oneshot: Annotated[bool, typer.Option("--oneshot", help="With --demo: end once the catalog was read.")] = False,
) -> None:
    """Run everything in one process until Ctrl-C.

    API and worker, on an embedded Redis unless WATCHSYNC_REDIS_URL is set. A signal lets running syncs
    end first; a second one hands them back.
    """
    if oneshot and not demo:
        raise typer.BadParameter("--oneshot goes with --demo.")
    from watchsync.cli import up as whole

    if demo:
        given: dict[str, object] = {"host": host, "port": port}
        _serve(lambda stop: whole.demo(given, data_dir, stop, _out(), oneshot=oneshot))
    else:
        settings = setting.load(host=host, port=port, data_dir=data_dir)
        _serve(lambda stop: whole.up(settings, stop, _out()))


@app.command()
def api() -> None:
    """The API on its own."""
    from watchsync.cli.wiring import redis_url, with_api

    settings = setting.load()
    redis_url(settings)
    logs.configure(settings.log_level, settings.log_format)

    async def serve(stop: Stop) -> None:
        metrics = Metrics()
        async with with_api(settings, metrics, RedisAvailability(metrics)):
            await stop.wait()

    _serve(serve)


@app.command()
def worker() -> None:
    """A worker on its own, with health and metrics on its own port."""
    from watchsync.cli.wiring import redis_url, with_worker

    settings = setting.load()
    redis_url(settings)
    logs.configure(settings.log_level, settings.log_format)

    async def serve(stop: Stop) -> None:
        metrics = Metrics()
        async with with_worker(settings, metrics, RedisAvailability(metrics), stop, probe_port=settings.worker_port):
            await stop.wait()

    _serve(serve)


@app.command()
def sync(
    ref: Ref,
    as_json: Annotated[bool, typer.Option("--json", help="Print the snapshot as JSON, nothing else.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Read it even if nothing seems changed.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay while a failed attempt is retried.")] = False,
    demo: Demo = False,
) -> None:
    """Sync one list now, and show its titles.

    Exit codes: 0 the whole list, 3 a part of it or perhaps one, 4 IMDb is refusing this server,
    5 the list cannot be read (private, not found, people), 1 anything else.
    """
    from watchsync.cli import one_shot

    out, err = _out(), Console(stderr=True)
    finish(lambda stop: one_shot.sync(ref, stop, out, err, force=force, wait=wait, demo=demo, as_json=as_json))


@app.command()
def compare(ref: Ref, demo: Demo = False) -> None:
    """Show how a list differs from what is stored; nothing is changed."""
    from watchsync.cli import one_shot

    finish(lambda _: one_shot.compare(ref, _out(), Console(stderr=True), demo=demo))


@app.command()
def capture(
    ref: Ref, out: Annotated[Path, typer.Option(help="The file to write.")] = Path(_CAPTURE), demo: Demo = False
) -> None:
    """Write what IMDb answers for a list into a file for a bug report, with everything personal replaced."""
    from watchsync.cli import capture as captures

    finish(lambda _: captures.capture(ref, out, typer.echo, demo=demo))


@app.command()
def replay(file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]) -> None:
    """Read a captured list again, without a network, and say how it ends."""
    from watchsync.cli import capture as captures

    finish(lambda _: captures.replay(file, typer.echo))


@app.command()
def doctor() -> None:
    """Check everything that a sync needs; one line each, with the fix."""
    from watchsync.cli.doctor import examine

    logs.configure("error", None)
    if not asyncio.run(examine(typer.echo)):
        raise typer.Exit(1)


@app.command()
def config() -> None:
    """The settings in force and where each came from, secrets masked."""
    from watchsync.cli.terminal import setting_lines

    settings = setting.load()
    for line in setting_lines(settings, setting.sources(settings)):
        typer.echo(line)


@app.command()
def openapi() -> None:
    """Print the description of the HTTP API."""
    from watchsync.api.app import description

    typer.echo(description())


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(version_of("watchsync"))


def main() -> None:
    """``watchsync`` and ``python -m watchsync``."""
    try:
        app(prog_name="watchsync")
    except WatchsyncError as error:
        fix = " `watchsync doctor` says what is wrong." if isinstance(error, RedisUnavailable) else ""
        typer.echo(redaction.redact(f"watchsync: {error}{fix}"), err=True)
        sys.exit(getattr(error, "exit_code", 1))
    except Exception as error:  # noqa: BLE001 - a fault of ours: its traceback is printed, without secrets
        redaction.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def _out() -> Console:
    return Console()


def _serve(work: Callable[[Stop], Awaitable[None]]) -> None:
    """Run what lasts until a signal: being stopped is its ordinary end."""
    run(work)
