"""How do lists, settings and jobs look in a terminal? Pure: values in, what to print out."""

from pydantic import SecretStr
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from watchsync.job import Job
from watchsync.redaction import MASK, redact, shown, shown_origin
from watchsync.refs import ListRef
from watchsync.setting_sources import PREFIX
from watchsync.settings import Settings
from watchsync.snapshot import Completeness, Snapshot
from watchsync.titles import Title

_SHOWN = {"redis_url": shown, "browser_url": shown_origin}


def titles(snapshot: Snapshot) -> RenderableType:
    """A snapshot as a table of titles, with its numbers below."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Title", overflow="fold")
    table.add_column("Year", justify="right")
    table.add_column("Type")
    table.add_column("Rating", justify="right")
    table.add_column("Added", no_wrap=True)
    table.add_column("IMDb", no_wrap=True)
    for title in snapshot.titles:
        table.add_row(*map(Text, _row(title)))
    return Group(table, Text(numbers(snapshot)))


def numbers(snapshot: Snapshot) -> str:
    """What a snapshot holds, in one sentence that accounts for every row."""
    reading = snapshot.reading
    parts = [f"{len(reading.titles):,} titles from {_rows(snapshot)}"]
    if reading.duplicates:
        parts.append(f"{reading.duplicates:,} duplicates")
    if reading.folded:
        parts.append(f"{reading.folded:,} episodes shown as their series")
    if reading.left_out:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(reading.left_out.items()))
        parts.append(f"left out: {kinds}")
    if snapshot.unenriched:
        parts.append(f"TMDB's facts are still missing for {len(snapshot.unenriched):,}")
    return "; ".join(parts)


def _rows(snapshot: Snapshot) -> str:
    """How many rows were read, and of how many where that is not all."""
    reading = snapshot.reading
    rows = f"{reading.rows:,} rows"
    if reading.bound is not None:
        return f"the first {reading.bound:,} of {reading.total:,} rows"
    if snapshot.completeness is Completeness.SETTLED:
        return f"{reading.rows:,} of {reading.total:,} rows; IMDb does not show {reading.missing:,}"
    if snapshot.completeness is Completeness.PARTIAL:
        return f"{reading.rows:,} of {reading.total:,} rows: only a part arrived"
    return rows if snapshot.is_full else f"{rows}; nobody can tell whether that is all"


def setting_lines(settings: Settings, came_from: dict[str, str]) -> list[str]:
    """Each setting as ``NAME = value  (where from)``; secrets are masked."""
    names = list(Settings.model_fields)
    width = max(map(len, names)) + len(PREFIX)
    return [f"{(PREFIX + name.upper()).ljust(width)} = {_value(settings, name)}  ({came_from[name]})" for name in names]


def job_lines(job: Job) -> list[str]:
    """One job in full: what was asked, and how each attempt ended."""
    lines = [f"id       {job.id}", f"list     {job.ref}", f"state    {job.state}"]
    lines += [f"created  {job.created_at:%Y-%m-%d %H:%M:%S}Z", f"attempts {job.attempts}"]
    lines += [f"force    {str(job.force).lower()}", f"lane     {job.lane}"]
    if job.callback_url:
        lines.append(f"callback {job.callback_url}")
    if job.correlation_id:
        lines.append(f"correlation {job.correlation_id}")
    if job.error:
        lines.append(f"error    {job.error.code}: {job.error.message}")
    for attempt in job.history:
        why = f" ({attempt.error.code}: {attempt.error.message})" if attempt.error else ""
        span = f"{attempt.started_at:%H:%M:%S} to {attempt.ended_at:%H:%M:%S}"
        lines.append(f"  attempt {attempt.number} on {attempt.worker}, {span}: {attempt.outcome}{why}")
    return lines


def job_line(job: Job) -> str:
    """One job in one line."""
    when = job.finished_at or job.created_at
    why = f"{job.error.code}: {job.error.message}" if job.error else ""
    return f"{job.id}  {when:%Y-%m-%d %H:%M}Z  {job.ref}  {why}"


def _row(title: Title) -> tuple[str, ...]:
    return (
        str(title.position),
        title.name,
        str(title.year or ""),
        str(title.kind),
        f"{title.rating:.1f}" if title.rating is not None else "",
        f"{title.added_at:%Y-%m-%d}" if title.added_at else "",
        title.id,
    )


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None or value == ():
        return "none"
    if name == "api_tokens":
        return ", ".join(f"{token.name}:{'+'.join(sorted(token.scopes))}:{MASK}" for token in value)
    if name in _SHOWN:
        return _SHOWN[name](value.get_secret_value())
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return redact(", ".join(map(str, value)))
    return redact(str(value))


def addresses(url: str, ref: ListRef | None) -> dict[str, str]:
    """What to open, for one list or for none in particular."""
    root = f"{url}/{ref}" if ref else url
    found = {"Open": f"{root}/configure", "Manifest": f"{root}/manifest.json"}
    if ref:
        found["Stremio"] = f"stremio://{root.partition('://')[2]}/manifest.json"
    return found | {"Health": f"{url}/health"}
