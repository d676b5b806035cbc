"""What did the site answer? A page of rows, or a state that has a name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from watchsync.errors import (
    CaptchaDemanded,
    ChallengeUnsolved,
    ListNotFound,
    OriginUnreachable,
    PageDrifted,
    PrivateList,
    Refused,
    Throttled,
)
from watchsync.imdb.markup import Markup
from watchsync.imdb.next_data import container, page_props, parse, rows
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
    url: str = ""


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


def read_page(capture: Capture, ref: ListRef) -> ListPage:
    """Read one answer.

    Raises the state that it shows: PrivateList, ListNotFound, ChallengeUnsolved, CaptchaDemanded, Refused,
    Throttled, OriginUnreachable, or PageDrifted when nothing in it can be read.
    """
    raise_for_answer(capture.status, capture.headers)
    if len(capture.next_data or "") + len(capture.html or "") > LARGEST_TEXT:
        raise PageDrifted("IMDb's page is far larger than any list; it was not read.")
    data = parse(capture.next_data) if capture.next_data else None
    page = _from_json(data) if data else None
    if page is None and capture.html:
        page = _from_markup(Markup(capture.html), capture.html)
    if page is None:
        raise PageDrifted(f"Nothing on IMDb's page of {ref} could be read; please report it if it stays so.")
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
        raise OriginUnreachable(f"IMDb answered with an error ({status}); we try again.")


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
    props = page_props(data)
    above = mapping(props.get("aboveTheFoldData"))
    found = container(data)
    if found is None or not isinstance(found[0].get("edges"), list):
        if props.get("showPrivateListMessaging") is True or _is_private(above):
            raise PrivateList
        return None
    holder, around = found
    read = rows(holder)
    if not read and (props.get("showPrivateListMessaging") is True or _is_private(above)):
        raise PrivateList
    total = whole(holder.get("total"))
    if (read and all(row.title is None for row in read)) or (not read and total):
        return None  # rows of a shape that we do not know: look at the markup instead
    has_next = mapping(holder.get("pageInfo")).get("hasNextPage")
    author = mapping(mapping(around.get("author")).get("username"))
    return ListPage(
        rows=read,
        total=total if total is not None else whole(props.get("totalItems")),
        has_next=has_next if isinstance(has_next, bool) else None,
        form="json",
        name=text(mapping(around.get("name")).get("originalText")),
        author=text(above.get("authorName")) or text(author.get("text")),
        modified_at=moment(above.get("lastModifiedDate")) or moment(around.get("lastModifiedDate")),
    )


def _is_private(above: Json) -> bool:
    visibility = above.get("visibility")
    return (visibility.get("id") if isinstance(visibility, dict) else visibility) == "PRIVATE"


def _from_markup(markup: Markup, html: str) -> ListPage | None:
    _raise_for_markup(markup, html)
    if "This list is empty" in html:
        return ListPage(rows=(), total=0, has_next=False, form="dom")
    for form, read in (("jsonld", markup.json_ld_rows()), ("dom", markup.dom_rows())):
        if any(row.title for row in read):
            return ListPage(rows=read, total=markup.total(), has_next=None, form=form)
    if markup.has("button[data-testid=accept-button]"):
        raise PageDrifted("IMDb shows only its consent dialog here; we try again.")
    return None


def _raise_for_markup(markup: Markup, html: str) -> None:
    if "gokuProps" in html or markup.has("#challenge-container"):
        raise ChallengeUnsolved
    if "Human Verification" in html and not markup.has("#__NEXT_DATA__"):
        raise CaptchaDemanded
    if markup.has("[data-testid=list-page-mc-private-list-content]") or "has not enabled public viewing" in html:
        raise PrivateList
    if markup.has("h1[data-testid=error-page-title]"):
        raise ListNotFound
