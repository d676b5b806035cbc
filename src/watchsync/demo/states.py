"""In which state does the stand-in show a list? Switchable while it runs."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Show(StrEnum):
    """Everything that IMDb has been seen to answer."""

    OK = "ok"
    EMPTY = "empty"
    PRIVATE = "private"
    MISSING = "missing"
    CONSENT = "consent"
    CHALLENGE = "challenge"
    """A check that a real browser passes by JavaScript."""
    CHALLENGE_FOREVER = "challenge-forever"
    CAPTCHA = "captcha"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    HANG = "hang"
    PARTIAL = "partial"
    """Pages after the first are cut short, while the total says more."""
    TRUNCATED = "truncated"
    """The HTML ends in the middle of the JSON."""
    DRIFTED = "drifted"
    """The JSON has another shape; JSON-LD is there."""
    DOM_ONLY = "dom-only"
    GONE_DARK = "gone-dark"
    """A page without anything that can be read."""
    SHRUNK = "shrunk"
    """Far fewer rows, and the total agrees."""
    EDITED = "edited"
    """Two rows gone, and the owner's last change is new."""

    HUGE = "huge"
    """100 MB."""
    ENDLESS = "endless"
    """A page that goes on for ever, a little at a time."""
    NESTED = "nested"
    """JSON and markup 200,000 levels deep."""
    HEADER_BOMB = "header-bomb"
    REDIRECT_LOOP = "redirect-loop"
    RELOADING = "reloading"
    DOWNLOAD = "download"
    NUISANCE = "nuisance"
    """Alerts, questions and popups before the list."""
    SCROLLING = "scrolling"
    """Rows in markup only, and ever more of them."""
    BUSY = "busy"
    """A script that never ends."""
    WRONG_CHARSET = "wrong-charset"
    NUL_BYTES = "nul-bytes"
    ODD_NUMBERS = "odd-numbers"
    PLACEHOLDERS = "placeholders"
    """Rows whose ids were never filled in."""


class GraphqlShow(StrEnum):
    """How the stand-in of the GraphQL service answers, whatever the list."""

    OK = "ok"
    REFUSED = "refused"
    THROTTLED = "throttled"
    DOWN = "down"
    HANG = "hang"
    DRIFTED = "drifted"
    """The schema knows the fields no more."""
    HUGE = "huge"
    """An answer without end."""
    BROKEN = "broken"
    """No JSON."""


class TmdbShow(StrEnum):
    """How the stand-in of TMDB answers."""

    OK = "ok"
    DOWN = "down"
    THROTTLED = "throttled"
    HANG = "hang"
    UNAUTHORISED = "unauthorised"


@dataclass(slots=True)
class Setting:
    """A state, for how many more answers it holds (``None``: until changed), and a delay before each answer."""

    show: Show = Show.OK
    count: int | None = None
    latency_seconds: float = 0.0


FROM_THE_START = {
    "ur10001179": Show.CHALLENGE,
    "ur20000001": Show.PRIVATE,
    "ur20000002": Show.MISSING,
    "ur20000003": Show.EMPTY,
    "ur20000004": Show.CAPTCHA,
    "ur20000005": Show.REFUSED,
    "ur20000006": Show.THROTTLED,
    "ur20000007": Show.CHALLENGE_FOREVER,
    "ur20000008": Show.DRIFTED,
    "ur20000009": Show.DOM_ONLY,
    "ur20000010": Show.PARTIAL,
    "ur20000011": Show.TRUNCATED,
    "ur20000012": Show.CONSENT,
    "ur20000013": Show.HANG,
    "ur20000014": Show.GONE_DARK,
    "ur20000015": Show.UNAVAILABLE,
}
"""Lists to paste in order to see each state; every other list is fine."""


@dataclass
class Control:
    """What tests and people switch, and what they count. Shared by both sites."""

    graphql: GraphqlShow = GraphqlShow.OK
    tmdb: TmdbShow = TmdbShow.OK
    tmdb_requests_per_second: int | None = None
    pass_seconds: float = 300.0
    """How long a passed challenge is good for."""
    served: Counter[str] = field(default_factory=Counter)
    """ResponseCache by kind (``page``, ``asset``, ``image``, ``challenge``, ``tmdb``, …)."""
    served_bytes: int = 0
    _settings: dict[str, Setting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Everything as at the start, and nothing counted."""
        self._settings = {slug: Setting(show) for slug, show in FROM_THE_START.items()}
        self.graphql = GraphqlShow.OK
        self.tmdb, self.tmdb_requests_per_second = TmdbShow.OK, None
        self.served.clear()
        self.served_bytes = 0

    def set(self, slug: str, show: Show, *, count: int | None = None, latency_seconds: float = 0.0) -> None:
        """Switch one list, or all that were not switched themselves (``*``)."""
        self._settings[slug] = Setting(show, count, latency_seconds)

    def next(self, slug: str) -> Setting:
        """The state for the next answer; a counted one is used up by it."""
        setting = self._settings.get(slug) or self._settings.get("*") or Setting()
        if setting.count is None:
            return setting
        if setting.count == 0:
            return Setting(latency_seconds=setting.latency_seconds)
        setting.count -= 1
        return Setting(setting.show, None, setting.latency_seconds)

    def count(self, kind: str, size: int) -> None:
        """Note an answer."""
        self.served[kind] += 1
        self.served_bytes += size
