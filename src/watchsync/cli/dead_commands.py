"""The commands that look at dead letters, thin as all are."""

from typing import Annotated

import typer

from watchsync.cli import dead_letters as letters
from watchsync.cli.process_lifetime import finish

dead = typer.Typer(help="Look at jobs that failed for good, and send them round again.", no_args_is_help=True)


@dead.command("list")
def dead_list() -> None:
    """Every dead letter, newest first."""
    finish(lambda _: letters.show_all(typer.echo))


@dead.command("show")
def dead_show(job_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """One job in full: what was asked and how each attempt ended."""
    finish(lambda _: letters.show(job_id, typer.echo))


@dead.command("requeue")
def dead_requeue(
    job_ids: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
) -> None:
    """Send dead jobs round again with fresh attempts."""
    if bool(job_ids) == every:
        raise typer.BadParameter("Name the ids to requeue, or say --all.")
    finish(lambda _: letters.requeue(job_ids or [], typer.echo, every=every))


@dead.command("purge")
def dead_purge() -> None:
    """Drop every dead letter."""
    finish(lambda _: letters.purge(typer.echo))
