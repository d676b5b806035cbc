"""In which states can the stand-ins be?"""

from enum import StrEnum


class Size(StrEnum):
    """How much a page carries beside its rows."""

    FULL = "full"
    """As the site: 1.9 MB with 250 rows of which 25 are shown, 490,000 characters of them texts."""
    SMALL = "small"
    """The same form with a few of the texts: 650 kB with 250 rows, 100 kB with 25."""


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

    OLD_FORM = "old-form"
    """As pages were until 2025: no texts of other states, other headings, "N titles"."""
    ALL_SHOWN = "all-shown"
    """All rows of the page stand in its markup, as after scrolling to its end: 4 MB."""
    PEOPLE = "people"
    """A list of 40 people."""
    IMAGES = "images"
    SIGN_IN = "sign-in"
    """A page with a sign-in form, with status 200."""
    SIGN_IN_REDIRECT = "sign-in-redirect"
    """The same at an address of its own, where the list's leads."""
    REDIRECTED = "redirected"
    """A ``ur…`` address leads to the ``p.…`` one, and keeps its query."""
    PAGE_DROPPED = "page-dropped"
    """It leads there and drops ``page=N``, so that each page is the first."""

    NULL_EDGE = "null-edge"
    NULL_ITEM = "null-item"
    NO_ITEM = "no-item"
    ID_ONLY = "id-only"
    HALF_PAIR = "half-pair"
    """A plot that was cut in the middle of a surrogate pair."""
    NUMBER_FOR_TEXT = "number-for-text"
    UNKNOWN_TYPE = "unknown-type"
    WOUNDED = "wounded"
    """All of these wounds in turn; each of these lists has one in every tenth row."""

    DRIFTED_ROWS = "drifted-rows"
    """The JSON has another shape; only rows in markup are there."""
    DRIFTED_LD = "drifted-ld"
    """The JSON has another shape; only JSON-LD is there."""
    DRIFTED_CLAMPED = "drifted-clamped"
    """As drifted, and a page past the end is the last one again."""
    SETTLED = "settled"
    """Two rows fewer than the total says, always the same two."""
    RESIZED = "resized"
    """Short of its total, and at each reading total and rows are others."""
    SHIFTING = "shifting"
    """Three rows are deleted after the first page was read."""
    DUPLICATES = "duplicates"
    """Each title stands in the list twice."""
    NO_DATES = "no-dates"
    """No row says when it was added."""

    HUGE = "huge"
    """300 MB."""
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
    "ur20000016": Show.OLD_FORM,
    "ur20000017": Show.ALL_SHOWN,
    "ur20000018": Show.SIGN_IN,
    "ur20000019": Show.SIGN_IN_REDIRECT,
    "ur20000020": Show.REDIRECTED,
    "ur20000021": Show.NULL_EDGE,
    "ur20000022": Show.NULL_ITEM,
    "ur20000023": Show.NO_ITEM,
    "ur20000024": Show.ID_ONLY,
    "ur20000025": Show.HALF_PAIR,
    "ur20000026": Show.NUMBER_FOR_TEXT,
    "ur20000027": Show.UNKNOWN_TYPE,
    "ur20000028": Show.WOUNDED,
    "ur20000029": Show.DRIFTED_ROWS,
    "ur20000030": Show.DRIFTED_LD,
    "ur20000031": Show.DRIFTED_CLAMPED,
    "ur20000032": Show.NO_DATES,
    "ur20000033": Show.DUPLICATES,
    "ur20000034": Show.PAGE_DROPPED,
    "ur20000035": Show.SETTLED,
    "ur20000036": Show.RESIZED,
    "ur20000037": Show.SHIFTING,
    "ls020000001": Show.PEOPLE,
    "ls020000002": Show.IMAGES,
}
"""Lists to paste in order to see each state; every other list is fine."""
