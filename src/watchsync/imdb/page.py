"""What did the site answer? A page of rows, or a state that has a name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from watchsync.errors import (
    CaptchaDemanded,
    ChallengeUnsolved,
    ListNotFound,
    NotTitles,
    OriginUnreachable,
    PageDrifted,
    PrivateList,
    Refused,
    SignInAsked,
    Throttled,
    WatchsyncError,
)
from watchsync.imdb.markup import Markup
from watchsync.imdb.next_data import container, other_type, page_props, parse, rows
from watchsync.imdb.rows import Json, Row, mapping, moment, text, whole
from watchsync.refs import ListRef

LARGEST_TEXT = 5_000_000
"""Characters; an honest page of 250 rows has a tenth of this."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer of the site: how it came, and the text of ``__NEXT_DATA__``, or the HTML where that is no use."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    next_data: str | None
    html: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a list."""

    rows: tuple[Row, ...]
    total: int | None
    has_next: bool | None
    form: str
    """What it was read from: ``json``, ``jsonld``, ``dom`` or ``graphql``."""
    name: str | None = None
    author: str | None = None
    modified_at: datetime | None = None
    cursor: str | None = None
    """Where the next page begins, for a service that counts no pages."""
    ids: tuple[str, ...] = ()
    """Ids of the list and of its owner that the page names."""


def read_page(capture: Capture, ref: ListRef) -> ListPage:
    """Read one answer. A state is told by a field or by a visible element, never by words: each page has them all.

    Raises the state that it shows: PrivateList, ListNotFound, NotTitles, ChallengeUnsolved, CaptchaDemanded,
    SignInAsked, Refused, Throttled, OriginUnreachable, or PageDrifted when nothing in it can be read.
    """
    raise_for_answer(capture.status, capture.headers)
    if len(capture.next_data or "") + len(capture.html or "") > LARGEST_TEXT:
        raise PageDrifted("IMDb's page is far larger than any list; it was not read.")
    data = parse(capture.next_data) if capture.next_data else None
    page = _from_json(data) if data else None
    if page is None and capture.html:
        page = _from_markup(Markup(capture.html))
    if page is None:
        raise PageDrifted(f"Nothing on IMDb's page of {ref} could be read. If this persists, please report it.")
    return page


def raise_for_answer(status: int, headers: Mapping[str, str]) -> None:
    """Raise what the status and the headers say by themselves; names of headers are in lower case."""
    action = headers.get("x-amzn-waf-action", "")
    if action == "captcha" or status == 405:
        raise CaptchaDemanded
    if action == "challenge" or status == 202:
        raise ChallengeUnsolved
    if status in {429, 503}:
        raise Throttled(retry_after_seconds=retry_after_seconds(headers, datetime.now(UTC)))
    if status == 403:
        raise Refused
    if status in {404, 410}:
        raise ListNotFound
    if status >= 500:
        raise OriginUnreachable(f"IMDb answered with an error ({status}). We retry automatically.")


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """``Retry-After`` as seconds from ``now``, whether it is a number or a date; at most a day."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 86_400))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait.total_seconds(), 0.0), 86_400.0)


def _from_json(data: Json) -> ListPage | None:
    """Rows where there are any, whatever else the page says; then a state that a field tells."""
    props = page_props(data)
    above = mapping(props.get("aboveTheFoldData"))
    holder, around = container(data) or ({}, {})
    read = rows(holder, mapping(props.get("ratedOn")))
    total = _first_whole(holder.get("total"), props.get("totalItems"))
    if not any(row.title for row in read):
        _raise_for_fields(data, props, above)
        if read or total != 0 or not isinstance(holder.get("edges"), list):
            return None  # of a shape that we do not know: look at the markup instead
    has_next = mapping(holder.get("pageInfo")).get("hasNextPage")
    author = mapping(mapping(around.get("author")).get("username"))
    return ListPage(
        rows=read,
        total=total,
        has_next=has_next if isinstance(has_next, bool) else None,
        form="json",
        name=text(mapping(around.get("name")).get("originalText")),
        author=text(above.get("authorName")) or text(author.get("text")),
        modified_at=moment(above.get("lastModifiedDate")) or moment(around.get("lastModifiedDate")),
        ids=tuple(each for name in _IDS if isinstance(each := above.get(name), str)),
    )


def _raise_for_fields(data: Json, props: Json, above: Json) -> None:
    """Raise the state that a field of a page without rows tells."""
    if (other := other_type(data)) is not None:
        raise not_titles(other)
    visibility = above.get("visibility")
    visible_to = visibility.get("id") if isinstance(visibility, dict) else visibility
    if props.get("showPrivateListMessaging") is True or visible_to == "PRIVATE":
        raise PrivateList


def not_titles(what: str) -> NotTitles:
    """The error for a list of ``people``, ``images`` or something ``other``."""
    return NotTitles(f"This list holds {what}, not titles.") if what != "other" else NotTitles()


def _first_whole(*values: object) -> int | None:
    return next((number for value in values if (number := whole(value)) is not None), None)


def _from_markup(markup: Markup) -> ListPage | None:
    """Rows where there are any, in the better of two forms; then a state that an element shows."""
    for form, read in (("jsonld", markup.json_ld_rows()), ("dom", markup.dom_rows())):
        if any(row.title for row in read):
            return ListPage(rows=read, total=markup.total(), has_next=None, form=form)
    if markup.total() == 0:
        return ListPage(rows=(), total=0, has_next=False, form="dom")
    for selector, state in _STATES:
        if markup.has(selector):
            raise state
    if markup.title() == "Human Verification":
        raise CaptchaDemanded
    if markup.has("button[data-testid=accept-button]"):
        raise PageDrifted("IMDb shows only its consent dialog here. We retry automatically.")
    return None


_IDS = ("authorId", "authorProfileId", "listId")
_STATES: tuple[tuple[str, type[WatchsyncError]], ...] = (
    ("#challenge-container", ChallengeUnsolved),
    ("#captcha-container", CaptchaDemanded),
    ("[data-testid=list-page-mc-private-list-content]", PrivateList),
    ("h1[data-testid=error-page-title]", ListNotFound),
    ("#signin-options, form[name=signIn], input[type=password]", SignInAsked),
)
"""Elements that a person would see in the list's place."""
