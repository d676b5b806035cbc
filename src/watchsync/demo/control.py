"""What do tests and people switch on the stand-in sites while they run, and what do they count?"""

from collections import Counter
from dataclasses import dataclass, field

from watchsync.demo.addresses import canonical
from watchsync.demo.states import FROM_THE_START, GraphqlShow, Show, Size, TmdbShow


@dataclass(slots=True)
class Setting:
    """A state, for how many more answers it holds (``None``: until changed), and a delay before each answer."""

    show: Show = Show.OK
    count: int | None = None
    latency_seconds: float = 0.0


@dataclass
class Control:
    """The switchboard, shared by all stand-in sites. ``reset`` brings back what the fields say at the start."""

    size: Size = Size.FULL
    """How much every page carries beside its rows."""
    has_foreign_challenge: bool = False
    """Whether the browser check's script comes from a host of its own, as on the real site."""
    turns_headless_away: bool = False
    """Whether the check lets through only browsers that do not call themselves headless, as the real site."""
    graphql: GraphqlShow = GraphqlShow.OK
    graphql_naming_headers: frozenset[str] = frozenset({"x-imdb-client-name"})
    """Any of these names a client to the GraphQL service; lower case."""
    graphql_language: str = "en-US"
    """What the GraphQL service answers in to a client that asks for no language."""
    tmdb: TmdbShow = TmdbShow.OK
    tmdb_requests_per_second: int | None = None
    pass_seconds: float = 300.0
    """How long a passed challenge is good for."""
    served: Counter[str] = field(default_factory=Counter)
    """Answers by kind (``list``, ``redirect``, ``asset``, ``image``, ``verify``, ``graphql``, ``tmdb``, …)."""
    served_bytes: int = 0
    _settings: dict[str, Setting] = field(default_factory=dict)
    _readings: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._start = (self.size, self.has_foreign_challenge)
        self.reset()

    def reset(self) -> None:
        """Everything as at the start, and nothing counted."""
        self.size, self.has_foreign_challenge = self._start
        self._settings = {slug: Setting(show) for slug, show in FROM_THE_START.items()}
        self.turns_headless_away = False
        self.graphql, self.graphql_language = GraphqlShow.OK, "en-US"
        self.graphql_naming_headers = frozenset({"x-imdb-client-name"})
        self.tmdb, self.tmdb_requests_per_second = TmdbShow.OK, None
        self.served.clear()
        self._readings.clear()
        self.served_bytes = 0

    def set(self, slug: str, show: Show, *, count: int | None = None, latency_seconds: float = 0.0) -> None:
        """Switch one list, or all that were not switched themselves (``*``)."""
        self._settings[slug] = Setting(show, count, latency_seconds)

    def peek(self, slug: str) -> Setting:
        """The state as it is, not used up; that of a ``p.…`` id is its user's unless it was given one of its own."""
        setting = self._setting(slug)
        return Setting(latency_seconds=setting.latency_seconds) if setting.count == 0 else setting

    def next(self, slug: str) -> Setting:
        """The state for the next answer; a counted one is used up by it."""
        setting = self.peek(slug)
        if setting.count is None:
            return setting
        setting.count -= 1
        return Setting(setting.show, None, setting.latency_seconds)

    def _setting(self, slug: str) -> Setting:
        settings = self._settings
        return settings.get(slug) or settings.get(canonical(slug)) or settings.get("*") or Setting()

    def reading(self, slug: str, number: int) -> int:
        """Which reading of a list a page belongs to, from 1; each starts with its first page."""
        self._readings[slug] += number == 1
        return self._readings[slug]

    def count(self, kind: str, size: int) -> None:
        """Note an answer."""
        self.served[kind] += 1
        self.served_bytes += size
