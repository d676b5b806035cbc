"""What would a new sync change? Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from watchsync.snapshot import Reading, Snapshot
from watchsync.titles import Title

_OURS = {"id", "added_at", "tmdb_id", "tmdb_poster", "tmdb_backdrop", "popularity"}
"""Facts that a page does not tell, or not always; they do not count as changes."""
_FACTS = tuple(field.name for field in fields(Title) if field.name not in _OURS)


@dataclass(frozen=True, slots=True)
class Change:
    """A title whose facts differ, each as (name, before, after)."""

    title: Title
    facts: tuple[tuple[str, object, object], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """From the stored snapshot to what the site shows now."""

    added: tuple[Title, ...]
    removed: tuple[Title, ...]
    changed: tuple[Change, ...]

    def lines(self) -> list[str]:
        """The difference for people: + added, - removed, ~ changed, and a summary."""
        lines = [f"+ {title.id}  {title.name}" for title in self.added]
        lines += [f"- {title.id}  {title.name}" for title in self.removed]
        lines += [f"~ {change.title.id}  {change.title.name}: {_told(change)}" for change in self.changed]
        summary = f"{len(self.added):,} added, {len(self.removed):,} removed, {len(self.changed):,} changed"
        return [*lines, summary]


def difference(stored: Snapshot | None, now: Reading) -> Difference:
    """Compare title by title; without a stored snapshot everything is added."""
    before = {title.id: title for title in stored.titles} if stored else {}
    after = {title.id: title for title in now.titles}
    return Difference(
        added=tuple(title for title in now.titles if title.id not in before),
        removed=tuple(title for title in before.values() if title.id not in after),
        changed=tuple(_changes((before[title.id], title) for title in now.titles if title.id in before)),
    )


def _changes(pairs: Iterable[tuple[Title, Title]]) -> Iterable[Change]:
    for before, after in pairs:
        facts = tuple(
            (name, getattr(before, name), getattr(after, name))
            for name in _FACTS
            if _differs(name, getattr(before, name), getattr(after, name))
        )
        if facts:
            yield Change(after, facts)


def _differs(name: str, before: object, after: object) -> bool:
    filled_in_by_tmdb = name in {"overview", "released", "year"} and after is None
    return before != after and not filled_in_by_tmdb


def _told(change: Change) -> str:
    return ", ".join(
        name if name == "overview" else f"{name} {before} → {after}" for name, before, after in change.facts
    )
