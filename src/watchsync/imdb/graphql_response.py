"""What did IMDb's GraphQL service answer? A page of rows, or a state that has a name; errors come with 200. Pure."""

import re
from collections.abc import Mapping

from watchsync.errors import ClientNameRefused, ListNotFound, PageDrifted, PrivateList, WatchsyncError
from watchsync.imdb.next_data import OTHER_TYPES, are_gone, parse, rows, type_in
from watchsync.imdb.page import ListPage, not_titles, raise_for_answer
from watchsync.imdb.rows import Json, listed, mapping, moment, text, whole

_ERROR_OF_CODE: Mapping[str | None, type[WatchsyncError]] = {
    "FORBIDDEN": PrivateList,
    "RESOURCE_NOT_FOUND": ListNotFound,
}
_USER_ID = re.compile(r"ur\d{1,12}", re.ASCII)


def read_answer(status: int, headers: Mapping[str, str], body: bytes, field: str) -> Json:
    """The object under ``field``; names of headers are in lower case.

    Raises PrivateList, ListNotFound, ClientNameRefused, Refused, Throttled, ChallengeUnsolved, CaptchaDemanded,
    OriginUnreachable, or PageDrifted for an answer that is none of a GraphQL service.
    """
    if status in {404, 410}:
        raise PageDrifted("There is no GraphQL service at WATCHSYNC_IMDB_GRAPHQL_URL.")
    if status == 403 and "x-amzn-waf-action" not in headers:
        raise ClientNameRefused
    raise_for_answer(status, headers)
    answer = parse(body)
    if answer is None or not isinstance(answer.get("data", {}), dict | None):
        raise PageDrifted(f"IMDb's data service sent no answer that can be read (HTTP {status}).")
    data = mapping(answer.get("data"))
    if isinstance(found := data.get(field), dict):
        return found
    _raise_first(listed(answer.get("errors")))
    if field in data and found is None:
        raise ListNotFound
    raise PageDrifted(f"IMDb's data service sent neither data nor an error (HTTP {status}).")


def page_from(found: Json) -> ListPage:
    """One page of a list; raises NotTitles, PrivateList, or PageDrifted where it holds no rows that we know."""
    search = mapping(found.get("titleListItemSearch"))
    if not isinstance(search.get("edges"), list):
        type_id = type_in(found)
        if type_id not in {None, "TITLES"}:
            raise not_titles(OTHER_TYPES.get(type_id or "", "other"))
        if mapping(found.get("visibility")).get("id") == "PRIVATE":
            raise PrivateList
        raise PageDrifted("IMDb's data service sent a list without rows. If this persists, please report it.")
    read = rows(search)
    if read and all(row.title is None for row in read) and not are_gone(search):
        raise PageDrifted("IMDb's data service sent rows of a new shape. If this persists, please report it.")
    position = mapping(search.get("pageInfo"))
    cursor = text(position.get("endCursor"))
    author = mapping(found.get("author"))
    return ListPage(
        rows=read,
        total=whole(search.get("total")),
        has_next=position.get("hasNextPage") is True and cursor is not None,
        form="graphql",
        name=text(mapping(found.get("name")).get("originalText")),
        author=text(mapping(author.get("username")).get("text")),
        modified_at=moment(found.get("lastModifiedDate")),
        cursor=cursor,
        ids=tuple(each for each in (author.get("userId"), found.get("id")) if isinstance(each, str)),
    )


def user_id_from(found: Json) -> str:
    """The ``ur…`` id of a profile; raises ListNotFound."""
    user_id = found.get("userId")
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        raise ListNotFound
    return user_id


def _raise_first(errors: list[object]) -> None:
    for error in map(mapping, errors):
        code = text(mapping(error.get("extensions")).get("code"))
        if code in _ERROR_OF_CODE:
            raise _ERROR_OF_CODE[code]
        why = (code or text(error.get("message")) or "no reason")[:120]
        raise PageDrifted(f"IMDb's data service does not take our question ({why}).")
